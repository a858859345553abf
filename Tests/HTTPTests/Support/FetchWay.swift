/// The two ways a request is carried, by how the same server is named: an address is asked directly, a name through curl.
enum FetchWay: String, CaseIterable, Sendable {
  case direct = "127.0.0.1"
  case curl = "localhost"
}
