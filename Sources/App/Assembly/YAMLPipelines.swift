import Domain
import YAMLReading

/// Pipelines' files that are written in YAML.
struct YAMLPipelines: PipelineFileReading {
  func node(ofYAML text: String) throws(PipelineProblem) -> PipelineNode {
    do throws(YAMLError) {
      return Self.node(try YAMLReader.read(text))
    } catch {
      throw PipelineProblem(path: "", line: error.line, error.message)
    }
  }

  private static func node(_ node: YAMLNode) -> PipelineNode {
    let content: PipelineNode.Content =
      switch node.content {
      case .scalar(.null): .null
      case .scalar(.bool(let value)): .bool(value)
      case .scalar(.integer(let value)): .integer(value)
      case .scalar(.number(let value)): .number(value)
      case .scalar(.text(let value)): .text(value)
      case .sequence(let items): .list(items.map(Self.node))
      case .mapping(let entries):
        .members(entries.map { .init(key: $0.key, line: $0.line, value: Self.node($0.value)) })
      }
    return PipelineNode(content, line: node.line)
  }
}
