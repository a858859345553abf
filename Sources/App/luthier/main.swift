import Assembly
import CommandLineTool
import Glibc

// `serve` is the server; everything else, its help included, is a client of one.
let arguments = Array(CommandLine.arguments.dropFirst())
let wantsHelp = arguments.contains { $0 == "--help" || $0 == "-h" }
if arguments.first == "serve" && !wantsHelp {
  exit(await Serve.run(Array(arguments.dropFirst())))
} else {
  exit(await CommandLineTool.run(arguments))
}
