import { dictionary } from "../../i18n/words.js";

export const searchWords = dictionary(
  {
    search: "Search",
    placeholder: "Search conversations, tasks and models",
    pages: "Pages",
    conversations: "Conversations",
    tasks: "Tasks",
    models: "Models",
    newChat: "New chat",
    newTask: "New task",
    chatWith: "Chat with {name}",
    nothing: "Nothing has these words.",
    found: "{n|One result|# results}",
  },
  {
    search: "搜索",
    placeholder: "搜索对话、任务和模型",
    pages: "页面",
    conversations: "对话",
    tasks: "任务",
    models: "模型",
    newChat: "新对话",
    newTask: "新任务",
    chatWith: "与 {name} 对话",
    nothing: "没有找到相关内容。",
    found: "{n} 个结果",
  },
);
