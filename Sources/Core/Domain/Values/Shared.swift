/// A value behind a reference: handed on, it is as small as a pointer, however many fields it has.
///
/// For what many hold and nobody changes. A waiting function keeps a copy of each value it uses in its frame, and frames
/// live for as long as the task they belong to.
package final class Shared<Value: Sendable>: Sendable {
  package let value: Value

  package init(_ value: Value) { self.value = value }
}

extension Shared: Equatable where Value: Equatable {
  package static func == (left: Shared, right: Shared) -> Bool {
    left === right || left.value == right.value
  }
}
