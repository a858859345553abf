import { dictionary } from "../../i18n/words.js";

export const searchWords = dictionary(
  {
    search: "Search",
    placeholder: "Search conversations, trainings and models",
    pages: "Pages",
    conversations: "Conversations",
    tasks: "Training",
    models: "Models",
    newChat: "New chat",
    newTask: "New training",
    chatWith: "Chat with {name}",
    nothing: "No results.",
    found: "{n|One result|# results}",
  },
  {
    search: "搜索",
    placeholder: "搜索对话、训练和模型",
    pages: "页面",
    conversations: "对话",
    tasks: "训练",
    models: "模型",
    newChat: "新对话",
    newTask: "新建训练",
    chatWith: "与 {name} 对话",
    nothing: "没有找到相关内容。",
    found: "{n} 个结果",
  },
);
