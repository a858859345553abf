"""A page of Gradio with what LLaMA Board shows a chat and a log with; run by the trainer's Python: gradio_page.py ADDRESS."""

import json
import sys
import urllib.request

import gradio

LINE = "[INFO|trainer.py:2519] 2026-11-21 >> a line such as a trainer writes, number %d\n"


def answer():
    request = urllib.request.Request(
        sys.argv[1], json.dumps({"model": "words", "stream": True, "messages": []}).encode(), {"Content-Type": "application/json"})
    text = ""
    with urllib.request.urlopen(request) as pieces:
        for line in pieces:
            if line.startswith(b"data: {"):
                text += json.loads(line[6:])["choices"][0]["delta"]["content"]
                yield [{"role": "user", "content": "Go"}, {"role": "assistant", "content": text}]


with gradio.Blocks() as page:
    shown = gradio.Chatbot(type="messages", height=600)
    gradio.Button("Ask").click(answer, None, shown)
    log = gradio.Textbox(lines=20, max_lines=20)
    gradio.Button("Log").click(lambda: "".join(LINE % number for number in range(100_000)), None, log)

page.queue().launch()
