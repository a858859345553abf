import Domain
import Services
import Testing

struct CarriedTasksTests {
  @Test func `each host's tasks are counted as they come and go`() {
    let (one, two) = (HostID(rawValue: "one"), HostID(rawValue: "two"))
    let tasks = (0..<5).map { TaskID(rawValue: "t\($0)") }
    var carried = CarriedTasks()
    #expect(carried.count == 0 && carried.count(on: one) == 0 && !carried.contains(tasks[0]))
    for task in tasks[..<3] { carried.add(task, on: one) }
    for task in tasks[3...] { carried.add(task, on: two) }
    #expect((carried.count, carried.count(on: one), carried.count(on: two)) == (5, 3, 2))
    carried.remove(tasks[0])
    carried.remove(tasks[0])
    carried.remove(TaskID(rawValue: "unknown"))
    #expect((carried.count, carried.count(on: one), carried.count(on: two)) == (4, 2, 2))
    #expect(!carried.contains(tasks[0]) && carried.contains(tasks[1]))
    // One that is taken up again elsewhere is not counted twice.
    carried.add(tasks[1], on: two)
    #expect((carried.count, carried.count(on: one), carried.count(on: two)) == (4, 1, 3))
    for task in tasks { carried.remove(task) }
    #expect((carried.count, carried.count(on: one), carried.count(on: two)) == (0, 0, 0))
  }
}
