# Sourced by the scripts beside it: numbered steps with the seconds since the start, and long commands that
# are never silent. Everything goes to standard error, so that standard output stays free for results.

progress_begun=$SECONDS
progress_count=0

step() {
  progress_count=$((progress_count + 1))
  printf '[%3ds] %d. %s\n' "$((SECONDS - progress_begun))" "$progress_count" "$*" >&2
}

note() { printf '         %s\n' "$*" >&2; }

fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}

# visibly LOG COMMAND…: runs the command with its whole output in LOG, shows the lines that tell of progress and
# a sign of life every ten seconds, and on failure the end of LOG. Returns the command's exit status.
visibly() {
  local log=$1 line status=0
  shift
  while true; do
    line=
    if IFS= read -r -t 10 line; then
      printf '%s\n' "$line" >>"$log"
      case $line in
        "luthier-exit "*) status=${line#luthier-exit } && break ;;
        *Downloading*" MB)"* | *Downloading*" GB)"* | "Installing collected"* | Building*)
          printf '         %.100s\n' "$line" >&2 ;;
      esac
    elif [ $? -gt 128 ]; then
      printf '         … still working, %d s\n' "$((SECONDS - progress_begun))" >&2
    else
      status=1 && break
    fi
  done < <(
    set +e
    "$@" 2>&1
    printf '\nluthier-exit %d\n' "$?"
  )
  if [ "$status" -ne 0 ]; then
    printf '       the end of %s:\n' "$log" >&2
    grep -v '^luthier-exit' "$log" | tail -n 25 >&2
  fi
  return "$status"
}
