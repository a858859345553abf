import Assembly
import Glibc

exit(await Serve.run(Array(CommandLine.arguments.dropFirst(2))))
