import { Component, type ReactNode } from "react";
import { useWords } from "../i18n/words.js";
import { Button } from "../ui/Button.js";
import { Icon } from "../ui/Icon.js";
import { uiWords } from "../ui/words.js";

/** Keeps a fault in one page from taking the others along. */
export class ErrorBoundary extends Component<{ children: ReactNode; resetKey: string }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override componentDidUpdate(before: { resetKey: string }) {
    if (before.resetKey !== this.props.resetKey && this.state.hasFailed) this.setState({ hasFailed: false });
  }

  override render() {
    return this.state.hasFailed ? <Failed /> : this.props.children;
  }
}

function Failed() {
  const say = useWords(uiWords);
  return (
    <div className="page">
      <div className="note note-bad" role="alert">
        <Icon name="warning" />
        <div>
          <p>{say("pageFailed")}</p>
        </div>
        <Button onClick={() => location.reload()}>{say("reload")}</Button>
      </div>
    </div>
  );
}
