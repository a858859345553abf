import Testing

@testable import Domain

@Suite struct TrainingTemplatesTests {
  private func choice(_ name: String, _ type: String? = nil, chat: Bool = false) -> TemplateChoice {
    PromptTemplates.template(forModelNamed: name, modelType: type, hasChatTemplate: chat)
  }

  @Test(arguments: [
    ("Qwen/Qwen2.5-0.5B-Instruct", "qwen"), ("/data/models/Qwen2.5-7B-Instruct/", "qwen"),
    ("meta-llama/Llama-3.2-1B-Instruct", "llama3"), ("Qwen/Qwen3-4B-Instruct-2507", "qwen3_nothink"),
    ("Qwen3-0.6B-Thinking", "qwen3"), ("mistralai/Mistral-7B-Instruct-v0.3", "mistral"),
    ("google/gemma-2-9b-it", "gemma2"), ("deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", "deepseekr1"),
  ])
  func `a model the trainer knows gets the trainer's template`(_ name: String, _ template: String) {
    #expect(choice(name) == TemplateChoice(template: template, source: .knownModel))
  }

  @Test(arguments: [
    ("Qwen/Qwen2.5-0.5B", "qwen"), ("Qwen/Qwen3-8B-Base", "qwen3"), ("google/gemma-2b", "gemma"),
  ])
  func `a base model gets the template of its family`(_ name: String, _ template: String) {
    #expect(choice(name) == TemplateChoice(template: template, source: .family))
  }

  @Test func `a converted model is the one it was made from`() {
    #expect(choice("acme/Qwen2.5-7B-Instruct-GPTQ-Int4-bnb-4bit").template == "qwen")
    #expect(choice("/m/Llama-3.2-1B-Instruct-bnb-4bit").source == .knownModel)
  }

  @Test func `a checkpoint and a hub cache are named by their parents`() {
    #expect(choice("/out/Qwen2.5-0.5B-Instruct/checkpoint-100").source == .knownModel)
    let cached = "/cache/hub/models--meta-llama--Llama-3.2-1B-Instruct/snapshots/0123abcd"
    #expect(choice(cached) == TemplateChoice(template: "llama3", source: .knownModel))
  }

  @Test func `words in a name tell, the more telling first`() {
    #expect(choice("acme/our-qwen2.5-support") == TemplateChoice(template: "qwen", source: .name))
    #expect(choice("acme/my-Llama-3-merge").template == "llama3")
    #expect(choice("acme/deepseek-r1-tuned").template == "deepseekr1")
  }

  @Test func `a folder above does not tell`() {
    #expect(choice("/home/qwen/models/mine") == TemplateChoice(template: "default", source: .fallback))
  }

  @Test func `else the type in config json tells`() {
    #expect(
      choice("/m/tiny-base", "qwen2", chat: true) == TemplateChoice(template: "qwen", source: .modelType))
    #expect(choice("/m/mine", "GEMMA3_text").template == "gemma3")
    #expect(choice("/m/mine", "llama", chat: true).template == "llama3")
    #expect(choice("/m/mine", "llama").template == "default")
    #expect(choice("/m/mine", "unheard_of") == TemplateChoice(template: "default", source: .fallback))
    #expect(choice("") == TemplateChoice(template: "default", source: .fallback))
  }

  @Test func `every template that can be chosen exists`() {
    #expect(PromptTemplates.all.count == 121)
    for rule in PromptTemplates.nameRules { #expect(PromptTemplates.exists(rule.template), "\(rule)") }
    for (type, template) in PromptTemplates.typeRules { #expect(PromptTemplates.exists(template), "\(type)") }
    #expect(!PromptTemplates.exists("nosuch"))
    #expect(!PromptTemplates.exists(""))
  }
}
