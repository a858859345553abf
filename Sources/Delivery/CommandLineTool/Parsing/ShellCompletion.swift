/// What a shell needs to complete the program's command lines, made from the declaration of its commands.
enum ShellCompletion: String, CaseIterable, Sendable {
  case bash, zsh, fish

  func script(_ root: Command) -> String {
    switch self {
    case .bash: bash(root.places)
    case .zsh: zsh(root.places)
    case .fish: fish(root.places)
    }
  }

  /// A text between single quotes, for every one of the three.
  private func quoted(_ text: String) -> String {
    "'"
      + text.split(separator: "'", omittingEmptySubsequences: false).joined(
        separator: self == .fish ? "\\'" : "'\\''")
      + "'"
  }

  private func words(of place: Command.Place) -> [(String, String)] {
    place.command.subcommands.map { ($0.name, $0.summary) }
      + place.command.positionals.flatMap { positional in positional.among.map { ($0, positional.summary) } }
  }

  private func options(of place: Command.Place) -> [(String, String)] {
    place.options.map { ("--" + $0.name, $0.summary) } + [("--help", "Show the help")]
  }

  /// `"--model" | "-m"` for every option of the place that takes a free value, so that files may follow.
  private func takesValue(_ place: Command.Place, among isClosed: Bool) -> [Command.Option] {
    place.options.filter { $0.value != nil && $0.among.isEmpty != isClosed }
  }

  private func names(_ option: Command.Option) -> [String] {
    ["--" + option.name] + (option.short.map { ["-\($0)"] } ?? [])
  }

  private func paths(_ places: [Command.Place]) -> [String] { places.map(\.words).filter { !$0.isEmpty } }

  private func bash(_ places: [Command.Place]) -> String {
    var script = """
      # bash completion of luthier: put this into ~/.bashrc:  eval "$(luthier completions bash)"
      _luthier() {
        local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} at='' words='' i
        for ((i = 1; i < COMP_CWORD; i++)); do
          case "${at:+$at }${COMP_WORDS[i]}" in
            \(paths(places).map(quoted).joined(separator: " | "))) at="${at:+$at }${COMP_WORDS[i]}" ;;
          esac
        done
        COMPREPLY=()
        case "$at" in

      """
    for place in places {
      script += "    \(quoted(place.words)))\n"
      for option in takesValue(place, among: true) {
        script += "      case \"$previous\" in \(names(option).joined(separator: " | ")))"
        script +=
          " COMPREPLY=($(compgen -W \(quoted(option.among.joined(separator: " "))) -- \"$current\")); return ;; esac\n"
      }
      let free = takesValue(place, among: false).flatMap(names)
      if !free.isEmpty {
        script += "      case \"$previous\" in \(free.joined(separator: " | "))) return ;; esac\n"
      }
      let all = options(of: place).map(\.0).joined(separator: " ")
      script += "      case \"$current\" in -*) words=\(quoted(all)) ;;"
      script += " *) words=\(quoted(words(of: place).map(\.0).joined(separator: " "))) ;; esac ;;\n"
    }
    return script + """
        esac
        COMPREPLY=($(compgen -W "$words" -- "$current"))
      }
      complete -o default -F _luthier luthier

      """
  }

  private func zsh(_ places: [Command.Place]) -> String {
    func list(_ rows: [(String, String)]) -> String {
      rows.map {
        quoted(
          $0.0 + ":" + $0.1.split(separator: ":", omittingEmptySubsequences: false).joined(separator: "\\:"))
      }
      .joined(separator: " ")
    }
    var script = """
      #compdef luthier
      # zsh completion of luthier: a file _luthier in a folder of $fpath, or in ~/.zshrc:
      #   eval "$(luthier completions zsh)"
      _luthier() {
        local at='' i previous=$words[CURRENT-1]
        for ((i = 2; i < CURRENT; i++)); do
          case "${at:+$at }$words[i]" in
            (\(paths(places).map(quoted).joined(separator: "|"))) at="${at:+$at }$words[i]" ;;
          esac
        done
        local -a choices options
        case "$at" in

      """
    for place in places {
      script += "    (\(quoted(place.words)))\n"
      for option in takesValue(place, among: true) {
        script += "      case \"$previous\" in (\(names(option).joined(separator: "|")))"
        script += " compadd -- \(option.among.joined(separator: " ")); return ;; esac\n"
      }
      let free = takesValue(place, among: false).flatMap(names)
      if !free.isEmpty {
        script += "      case \"$previous\" in (\(free.joined(separator: "|"))) _files; return ;; esac\n"
      }
      script += "      choices=(\(list(words(of: place))))\n      options=(\(list(options(of: place)))) ;;\n"
    }
    return script + """
        esac
        if [[ $words[CURRENT] == -* ]]; then
          _describe -o option options
        elif (( $#choices )); then
          _describe command choices
        else
          _files
        fi
      }
      if [[ $funcstack[1] == _luthier ]]; then _luthier "$@"; else compdef _luthier luthier; fi

      """
  }

  private func fish(_ places: [Command.Place]) -> String {
    var script = """
      # fish completion of luthier: in ~/.config/fish/config.fish:  luthier completions fish | source
      function __luthier_at
        set -l at ''
        for word in (commandline -opc)[2..-1]
          switch (string trim -- "$at $word")
            case \(paths(places).map(quoted).joined(separator: " "))
              set at (string trim -- "$at $word")
          end
        end
        test "$at" = "$argv[1]"
      end
      complete -c luthier -e

      """
    for place in places {
      let condition = "-n " + quoted("__luthier_at \"\(place.words)\"")
      for (word, summary) in words(of: place) {
        script += "complete -c luthier \(condition) -f -a \(quoted(word)) -d \(quoted(summary))\n"
      }
      for option in place.options {
        script += "complete -c luthier \(condition) -l \(option.name)"
        if let short = option.short { script += " -s \(short)" }
        if !option.among.isEmpty {
          script += " -x -a \(quoted(option.among.joined(separator: " ")))"
        } else if option.value != nil {
          script += " -r"
        }
        script += " -d \(quoted(option.summary))\n"
      }
      script += "complete -c luthier \(condition) -l help -s h -d 'Show the help'\n"
    }
    return script
  }
}
