/// Reads a pipeline out of its file's values, and finds everything that is wrong with it at once.
///
/// Whether datasets and models are there is found out elsewhere: nothing here knows whose pipeline it is.
package struct PipelineCheck {
  /// Bytes of a pipeline's file.
  package static let largest = 256 * 1024
  static let mostSteps = 50

  package private(set) var problems: [PipelineProblem] = []
  private var drafts: [Draft] = []

  /// A step before it is known to be right.
  struct Draft {
    let id: String
    let kind: PipelineStep.Kind
    let path: String
    let line: Int
    var inputs: [String: ArgumentValue] = [:]
    var lines: [String: Int] = [:]
    var after: [(id: String, path: String, line: Int)] = []
    var uses: [Use] = []
  }

  /// A reference, and what is taken in its place.
  struct Use {
    let reference: PipelineReference
    /// Nil within a running text, which takes everything.
    let form: PipelineOutput.Form?
    let path: String
    let line: Int
  }

  private init() {}

  /// The pipeline, or everything that is wrong with it.
  package static func pipeline(of node: PipelineNode) throws(PipelineRefusal) -> Pipeline {
    var check = PipelineCheck()
    let pipeline = check.read(node)
    guard let pipeline, check.problems.isEmpty else {
      throw PipelineRefusal(check.problems.sorted { ($0.line, $0.path) < ($1.line, $1.path) })
    }
    return pipeline
  }

  private mutating func read(_ node: PipelineNode) -> Pipeline? {
    guard case .members(let members) = node.content else {
      report("", node.line, "A pipeline is a mapping with name and steps, not \(node.typeName).")
      return nil
    }
    var (name, description): (String?, String?)
    var steps: PipelineNode?
    for member in unique(members, at: "") {
      switch member.key {
      case "name": name = self.name(member.value, 1...60, at: "name")
      case "description": description = running(member.value, 1...2000, at: "description")
      case "steps": steps = member.value
      default: unknown(member, among: ["name", "description", "steps"], at: "")
      }
    }
    if !members.contains(where: { $0.key == "name" }) {
      report("name", node.line, "The pipeline has no name.", hint: "Add name: my-pipeline.")
    }
    guard let steps else {
      report("steps", node.line, "The pipeline has no steps.", hint: "Add steps: with a list below it.")
      return nil
    }
    guard case .list(let items) = steps.content, !items.isEmpty else {
      report("steps", steps.line, "The steps are a list of at least one.", hint: "Begin each with - kind: …")
      return nil
    }
    guard items.count <= Self.mostSteps else {
      report("steps", steps.line, "A pipeline has at most \(Self.mostSteps) steps.")
      return nil
    }
    for (place, item) in items.enumerated() { step(item, at: "steps[\(place)]") }
    for place in drafts.indices { link(place) }
    guard problems.isEmpty, let ordered = ordered(), let name else { return nil }
    return Pipeline(
      name: name, description: description,
      steps: ordered.map {
        PipelineStep(id: $0.id, kind: $0.kind, inputs: $0.inputs, path: $0.path, lines: $0.lines)
      })
  }

  // MARK: Steps

  private mutating func step(_ node: PipelineNode, at path: String) {
    guard case .members(let written) = node.content else {
      report(
        path, node.line, "A step is a mapping, not \(node.typeName).", hint: "Begin it with kind: train.")
      return
    }
    let members = unique(written, at: path)
    let kinds = PipelineStep.Kind.allCases.map(\.rawValue)
    guard let kindNode = members.first(where: { $0.key == "kind" })?.value else {
      report(
        "\(path).kind", node.line, "The step does not say what it does.",
        hint: "Add kind: one of \(kinds.joined(separator: ", ")).")
      return
    }
    guard case .text(let word) = kindNode.content, let kind = PipelineStep.Kind(rawValue: word) else {
      report(
        "\(path).kind", kindNode.line, "There is no such kind of step.",
        hint: "There are \(kinds.joined(separator: ", ")).")
      return
    }
    var id = kind.rawValue
    if let member = members.first(where: { $0.key == "id" }) {
      guard let given = identifier(member.value, at: "\(path).id") else { return }
      id = given
    }
    if let other = drafts.first(where: { $0.id == id }) {
      report(
        "\(path).id", node.line, "Two steps are called \(id): the other one begins on line \(other.line).",
        hint: "Give each an id of its own.")
      return
    }
    var draft = Draft(id: id, kind: kind, path: path, line: node.line)
    draft.lines[""] = node.line
    let fields = kind.fields
    for member in members where member.key != "id" && member.key != "kind" {
      let place = "\(path).\(member.key)"
      draft.lines[member.key] = member.line
      if member.key == "after" {
        draft.after = names(member.value, at: place).map { ($0.text, place, $0.line) }
        continue
      }
      guard let field = fields.first(where: { $0.name == member.key }) else {
        unknown(member, among: ["id", "kind", "after"] + fields.map(\.name), at: path)
        continue
      }
      if let value = value(member.value, field.form, at: place, uses: &draft.uses) {
        draft.inputs[member.key] = value
      }
    }
    for field in fields where field.isRequired && !members.contains(where: { $0.key == field.name }) {
      report("\(path).\(field.name)", node.line, "A step of kind \(kind.rawValue) needs \(field.name).")
    }
    if kind == .prepare { prepares(draft) }
    drafts.append(draft)
  }

  /// Whether a preparation is one that can be done, and says nothing that would be passed over.
  private mutating func prepares(_ draft: Draft) {
    do throws(DomainError) {
      try PreparationPlan(inputs: draft.inputs).check()
    } catch {
      let field = PreparationPlan.operations.first { draft.inputs[$0] != nil }
      report(
        field.map { "\(draft.path).\($0)" } ?? draft.path, field.flatMap { draft.lines[$0] } ?? draft.line,
        error.message, hint: error.hint)
    }
  }

  /// Whether what a step refers to is there and fits.
  private mutating func link(_ place: Int) {
    let draft = drafts[place]
    for use in draft.uses {
      let reference = use.reference
      guard let other = drafts.first(where: { $0.id == reference.step }) else {
        let near = drafts.map(\.id).joined(separator: ", ")
        report(
          use.path, use.line, "There is no step \(reference.step.prefix(60)).", hint: "There are \(near).")
        continue
      }
      let outputs = other.kind.outputs
      guard let form = outputs[reference.output] else {
        let names = outputs.keys.sorted().joined(separator: ", ")
        report(
          use.path, use.line,
          "A step of kind \(other.kind.rawValue) makes no \(reference.output.prefix(60)).",
          hint: names.isEmpty ? "It makes nothing to refer to." : "It makes \(names).")
        continue
      }
      if other.kind == .prepare, form == .dataset,
        let plan = try? PreparationPlan(inputs: other.inputs), !plan.makes.contains(reference.output)
      {
        report(
          use.path, use.line, "The step \(other.id) makes no \(reference.output).",
          hint: "A split makes it, where it has a share for it.")
        continue
      }
      if let wanted = use.form, wanted != form {
        report(
          use.path, use.line,
          "A \(wanted.rawValue) is needed here, and \(reference.text) is a \(form.rawValue).")
      }
    }
    for after in draft.after where !drafts.contains(where: { $0.id == after.id }) {
      report(after.path, after.line, "There is no step \(after.id.prefix(60)).")
    }
  }

  /// The steps in the order in which they run: as they stand, but each behind what it needs.
  private mutating func ordered() -> [Draft]? {
    var waiting = drafts
    var done: Set<String> = []
    var order: [Draft] = []
    while !waiting.isEmpty {
      guard let next = waiting.firstIndex(where: { needs(of: $0).isSubset(of: done) }) else {
        // Only those that wait for each other: what waits for them has nothing wrong itself.
        let stuck = Set(waiting.map(\.id))
        for draft in waiting where reaches(draft.id, from: draft.id, within: stuck) {
          let through = needs(of: draft).intersection(stuck).sorted().joined(separator: ", ")
          report(
            draft.path, draft.line, "The step \(draft.id) waits for itself, by way of \(through).",
            hint: "Take one of the references away.")
        }
        return nil
      }
      done.insert(waiting[next].id)
      order.append(waiting.remove(at: next))
    }
    return order
  }

  private func needs(of draft: Draft) -> Set<String> {
    Set(draft.uses.map(\.reference.step) + draft.after.map(\.id))
  }

  private func reaches(_ goal: String, from start: String, within names: Set<String>) -> Bool {
    var seen: Set<String> = []
    var open = [start]
    while let id = open.popLast() {
      guard let draft = drafts.first(where: { $0.id == id }) else { continue }
      for need in needs(of: draft).intersection(names) {
        if need == goal { return true }
        if seen.insert(need).inserted { open.append(need) }
      }
    }
    return false
  }

  // MARK: Reporting

  mutating func report(_ path: String, _ line: Int, _ message: String, hint: String? = nil) {
    if problems.count < 100 { problems.append(PipelineProblem(path: path, line: line, message, hint: hint)) }
  }

  private mutating func unknown(_ member: PipelineNode.Member, among names: [String], at path: String) {
    let key = String(member.key.prefix(60))
    report(
      path.isEmpty ? key : "\(path).\(key)", member.line, "There is no field \(key) here.",
      hint: "There are \(names.joined(separator: ", ")).")
  }

  private mutating func unique(_ members: [PipelineNode.Member], at path: String) -> [PipelineNode.Member] {
    var seen: Set<String> = []
    return members.filter { member in
      if seen.insert(member.key).inserted { return true }
      let key = String(member.key.prefix(60))
      report(path.isEmpty ? key : "\(path).\(key)", member.line, "The field \(key) stands here twice.")
      return false
    }
  }
}
