# Talks to Audacity through the pipes of mod-script-pipe; sourced by bash.

pipe=/tmp/audacity_script_pipe
to=$pipe.to.$(id -u) from=$pipe.from.$(id -u)

# Opens the pipes. Audacity makes them anew after each session: until it answers they may be those of the last one.
connect() {
    local line try
    for try in $(seq "${1:-10}"); do
        if [ -p "$to" ] && [ -p "$from" ]; then
            exec 3<>"$to" 4<>"$from"
            echo 'GetInfo: Type=Clips' >&3
            while IFS= read -r -t 5 line <&4; do
                case $line in "BatchCommand finished:"*)
                    while IFS= read -r -t 0.5 line <&4; do :; done
                    return ;;
                esac
            done
            disconnect
        fi
        sleep 1
    done
    return 1
}

disconnect() { exec 3>&- 4<&-; }

# Sends a command and prints the answer; fails where Audacity does or does not answer.
ask() {
    local line
    printf '%s\n' "$1" >&3
    while IFS= read -r -t "${2:-60}" line <&4; do
        case $line in
        "BatchCommand finished:"*)
            IFS= read -r -t 5 _ <&4 || true
            [ "$line" = "BatchCommand finished: OK" ]
            return ;;
        esac
        [ -z "$line" ] || printf '%s\n' "$line"
    done
    return 2
}
