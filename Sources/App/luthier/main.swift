import Assembly
import CommandLineTool
import Glibc

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "serve", !arguments.contains("--help"), !arguments.contains("-h") {
  exit(await Serve.run(Array(arguments.dropFirst())))
}
if arguments.first == "openapi", !arguments.contains("--help"), !arguments.contains("-h") {
  exit(PrintDocument.run(Array(arguments.dropFirst())))
}
if arguments.first == "database", !arguments.contains("--help"), !arguments.contains("-h") {
  exit(await DatabaseCommand.run(Array(arguments.dropFirst())))
}
if arguments.first == "storage", !arguments.contains("--help"), !arguments.contains("-h") {
  exit(await StorageCommand.run(Array(arguments.dropFirst())))
}
exit(await CommandLineTool.run(arguments))
