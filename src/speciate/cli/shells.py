"""The completion scripts of three shells, made of tables. Runs are looked up by the shell itself when it completes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flag:
    """`value` says what it takes ("run", "folder", "recipe", "file", "problem"), `choices` which words it takes."""

    names: tuple[str, ...]
    about: str
    takes: bool
    value: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """`kind` is what its positionals are: as `Flag.value`, or "candidate" or "shell"; "" for none."""

    name: str
    about: str
    flags: tuple[Flag, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Words:
    verbs: tuple[Verb, ...]
    problems: tuple[str, ...]
    recipes: tuple[str, ...]


SHELLS = ("bash", "zsh", "fish")
REFERENCES = ("best", "seed")


def bash(words: Words) -> str:
    cases = "\n".join(_bash_verb(each) for each in words.verbs)
    by_value = _by_value(words)
    values = "\n".join(
        f"        {'|'.join(names)}) _speciate_words {kind}; return ;;" for kind, names in by_value.items()
    )
    chosen = "\n".join(
        f"        {'|'.join(names)}) COMPREPLY=($(compgen -W '{choices}' -- \"$cur\")); return ;;"
        for choices, names in _by_choices(words).items()
    )
    return f"""\
{_bash_words(words)}
_speciate() {{
    local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD - 1]}}"
    local verb="${{COMP_WORDS[1]}}" flags takes kind
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W '{_space(each.name for each in words.verbs)} help --help --version' -- "$cur"))
        return
    fi
    case "$verb" in
{cases}
        help) COMPREPLY=($(compgen -W '{_space(each.name for each in words.verbs)}' -- "$cur")); return ;;
        *) return ;;
    esac
    case "$verb:$prev" in
{chosen}
{values}
    esac
    [[ " $takes " == *" $prev "* ]] && return
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$flags" -- "$cur"))
    else
        _speciate_words "$kind"
    fi
}}
complete -F _speciate speciate
"""


def _bash_words(words: Words) -> str:
    """The functions that list runs, and whatever else a word may stand for."""
    return f"""\
# bash completion of speciate
_speciate_runs() {{
    local dir="${{SPECIATE_RUNS:-runs}}" at file
    for ((at = 2; at < COMP_CWORD - 1; at++)); do
        [[ ${{COMP_WORDS[at]}} == --runs ]] && dir="${{COMP_WORDS[at + 1]}}"
    done
    dir="${{dir/#\\~/$HOME}}"
    for file in "$dir"/*.db; do
        [[ -e $file ]] || continue
        file="${{file##*/}}"
        printf '%s\\n' "${{file%.db}}"
    done
}}
_speciate_words() {{
    local IFS=$'\\n'
    case "$1" in
        run) COMPREPLY=($(compgen -W "$(_speciate_runs)" -- "$cur")) ;;
        candidate) COMPREPLY=($(compgen -W "{_lines(REFERENCES)}"$'\\n'"$(_speciate_runs)" -- "$cur")) ;;
        problem) compopt -o filenames 2>/dev/null
            COMPREPLY=($(compgen -W "{_lines(words.problems)}" -- "$cur") $(compgen -d -- "$cur")
                $(compgen -f -X '!*.py' -- "$cur")) ;;
        recipe) COMPREPLY=($(compgen -W "{_lines(words.recipes)}" -- "$cur")) ;;
        shell) COMPREPLY=($(compgen -W "{_lines(SHELLS)}" -- "$cur")) ;;
        folder) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")) ;;
        file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
    esac
}}"""


def _bash_verb(verb: Verb) -> str:
    flags = _space(name for flag in verb.flags for name in flag.names)
    takes = _space(name for flag in verb.flags if flag.takes for name in flag.names)
    return f"        {verb.name}) flags='{flags}' takes='{takes}' kind='{verb.kind}' ;;"


def zsh(words: Words) -> str:
    verbs = "\n".join(f"        {_quoted(f'{each.name}:{_colons(each.about)}')}" for each in words.verbs)
    cases = "\n".join(_zsh_verb(each) for each in words.verbs)
    values = "\n".join(
        f"        {'|'.join(names)}) _speciate_words {kind}; return ;;" for kind, names in _by_value(words).items()
    )
    chosen = "\n".join(
        f"        {'|'.join(names)}) compadd -- {choices}; return ;;" for choices, names in _by_choices(words).items()
    )
    return f"""\
{_zsh_words(words)}
_speciate() {{
    local -a verbs flags
    local verb="${{words[2]}}" prev="${{words[CURRENT - 1]}}" takes kind
    verbs=(
{verbs}
    )
    if ((CURRENT == 2)); then
        _describe verb verbs
        return
    fi
    case "$verb" in
{cases}
        help) _describe verb verbs; return ;;
        *) return ;;
    esac
    case "$verb:$prev" in
{chosen}
{values}
    esac
    [[ " $takes " == *" $prev "* ]] && return
    if [[ ${{words[CURRENT]}} == -* ]]; then
        _describe -o flag flags
    else
        _speciate_words "$kind"
    fi
}}
if [[ ${{funcstack[1]}} == _speciate ]]; then
    _speciate "$@"
else
    compdef _speciate speciate
fi
"""


def _zsh_words(words: Words) -> str:
    return f"""\
#compdef speciate
# zsh completion of speciate
_speciate_runs() {{
    local dir="${{SPECIATE_RUNS:-runs}}"
    local -i at
    for ((at = 3; at < CURRENT - 1; at++)); do
        [[ ${{words[at]}} == --runs ]] && dir="${{words[at + 1]}}"
    done
    dir="${{dir/#\\~/$HOME}}"
    local -a files=("$dir"/*.db(N:t:r))
    (($#files)) && compadd -- $files
}}
_speciate_words() {{
    case "$1" in
        run) _speciate_runs ;;
        candidate) compadd -- {_space(REFERENCES)}; _speciate_runs ;;
        problem) compadd -- {_space(words.problems)}; _files -g '*.py' ;;
        recipe) compadd -- {_space(words.recipes)} ;;
        shell) compadd -- {_space(SHELLS)} ;;
        folder) _files -/ ;;
        file) _files ;;
    esac
}}"""


def _zsh_verb(verb: Verb) -> str:
    flags = " ".join(_quoted(f"{name}:{_colons(flag.about)}") for flag in verb.flags for name in flag.names)
    takes = _space(name for flag in verb.flags if flag.takes for name in flag.names)
    return f"        {verb.name}) flags=({flags}) takes='{takes}' kind='{verb.kind}' ;;"


def fish(words: Words) -> str:
    lines = [
        "# fish completion of speciate",
        "function __speciate_runs",
        "    set -l dir runs",
        "    set -q SPECIATE_RUNS; and set dir $SPECIATE_RUNS",
        "    set -l typed (commandline -opc)",
        "    if set -l at (contains -i -- --runs $typed)",
        "        set -q typed[(math $at + 1)]; and set dir $typed[(math $at + 1)]",
        "    end",
        "    for file in $dir/*.db",
        "        string replace -r '\\.db$' '' (string replace -r '.*/' '' $file)",
        "    end",
        "end",
        "complete -c speciate -f",
    ]
    lines += [
        f"complete -c speciate -n __fish_use_subcommand -a {each.name} -d {_fish(each.about)}" for each in words.verbs
    ]
    for verb in words.verbs:
        on = f"complete -c speciate -n '__fish_seen_subcommand_from {verb.name}'"
        if verb.kind:
            lines.append(f"{on} {_fish_values(verb.kind, words)}")
        for flag in verb.flags:
            lines.append(" ".join([on, *_fish_flag(flag, words), "-d", _fish(flag.about)]))
    return "\n".join(lines) + "\n"


def _fish_flag(flag: Flag, words: Words) -> Iterable[str]:
    for name in flag.names:
        yield f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
    if flag.takes:
        yield "-r" if flag.value in ("file", "folder", "problem") else "-x"
        if flag.choices:
            yield f"-a '{_space(flag.choices)}'"
        elif flag.value:
            yield _fish_values(flag.value, words)


def _fish_values(kind: str, words: Words) -> str:
    match kind:
        case "run":
            return "-a '(__speciate_runs)'"
        case "candidate":
            return f"-a '{_space(REFERENCES)} (__speciate_runs)'"
        case "problem":
            return f"-F -a '{_space(words.problems)}'"
        case "recipe":
            return f"-a '{_space(words.recipes)}'"
        case "shell":
            return f"-a '{_space(SHELLS)}'"
        case "folder":
            return "-a '(__fish_complete_directories)'"
        case _:
            return "-F"


def _by_value(words: Words) -> dict[str, list[str]]:
    """The patterns VERB:FLAG of the flags that take a run, a folder and so on."""
    return _patterns(words, {flag.value for verb in words.verbs for flag in verb.flags if flag.value}, _value)


def _by_choices(words: Words) -> dict[str, list[str]]:
    """The same for flags with a few words to choose from, by these words."""
    all_of_it = {_space(flag.choices) for verb in words.verbs for flag in verb.flags if flag.choices}
    return _patterns(words, all_of_it, lambda flag: _space(flag.choices))


def _value(flag: Flag) -> str:
    return flag.value


def _patterns(words: Words, wanted: Iterable[str], what: Callable[[Flag], str]) -> dict[str, list[str]]:
    """By what a flag takes; a star for the verb where the flag takes the same with each."""
    users: dict[str, list[tuple[str, str]]] = {}
    for verb in words.verbs:
        for flag in verb.flags:
            for name in flag.names:
                users.setdefault(name, []).append((verb.name, what(flag)))
    found: dict[str, list[str]] = {each: [] for each in sorted(wanted)}
    for name, uses in users.items():
        same = len({value for _, value in uses}) == 1
        for verb_name, value in uses[:1] if same else uses:
            if value in found:
                found[value].append(f"*:{name}" if same else f"{verb_name}:{name}")
    return found


def _space(each: Iterable[str]) -> str:
    return " ".join(each)


def _lines(each: Sequence[str]) -> str:
    return "\n".join(each)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _colons(text: str) -> str:
    return text.replace(":", "\\:")
