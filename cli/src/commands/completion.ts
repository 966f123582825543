// `unary completion`: what a shell needs to complete commands, options and their choices. Made from the commands
// themselves, so it cannot fall behind them.

import type { Command, Option } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export function completion(shell: Shell, program: Command): string {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    summary: command.description(),
    options: command.createHelp().visibleOptions(command),
    choices: command.registeredArguments[0]?.argChoices ?? [],
    isRunner: command.registeredArguments[0]?.name() === "APP",
  }));
  switch (shell) {
    case "bash":
      return bash(commands);
    case "zsh":
      // zsh takes bash's functions.
      return `#compdef unary\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
    case "fish":
      return fish(commands);
  }
}

interface CommandWords {
  name: string;
  summary: string;
  options: Option[];
  /** What its argument can be, when that is a fixed list. */
  choices: string[];
  /** Its argument is a program. */
  isRunner: boolean;
}

function words(option: Option): string[] {
  return [option.short, option.long].filter((word) => word !== undefined && word !== null);
}

function bash(commands: CommandWords[]): string {
  const choices = new Map(commands.flatMap(({ options }) => options.flatMap((option) => choiceOf(option))));
  const choiceCases = [...choices].map(
    ([word, values]) => `    ${word}) COMPREPLY=($(compgen -W "${values.join(" ")}" -- "$word")); return ;;`,
  );
  const commandCases = commands.map(({ name, options, choices, isRunner }) => {
    const shown = isRunner ? "programs=yes" : `choices="${choices.join(" ")}"`;
    return `    ${name}) options="${options.flatMap(words).join(" ")}"; ${shown} ;;`;
  });
  return `_unary() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" options="" choices="" programs=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")}" -- "$word"))
    return
  fi
  case "$previous" in
${choiceCases.join("\n")}
  esac
  case "\${COMP_WORDS[1]}" in
${commandCases.join("\n")}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
    */*) COMPREPLY=($(compgen -f -- "$word")) ;;
    *) COMPREPLY=($(compgen -W "$choices" -- "$word") \${programs:+$(compgen -f -- "$word") $(compgen -c -- "$word")}) ;;
  esac
}
complete -o filenames -F _unary unary ./unary
`;
}

function fish(commands: CommandWords[]): string {
  const lines = ["complete -c unary -f"];
  for (const { name, summary, options, choices, isRunner } of commands) {
    lines.push(`complete -c unary -n __fish_use_subcommand -a ${name} -d ${fishQuote(summary)}`);
    const condition = `-n ${fishQuote(`__fish_seen_subcommand_from ${name}`)}`;
    if (isRunner) lines.push(`complete -c unary ${condition} -F`);
    if (choices.length > 0) lines.push(`complete -c unary ${condition} -a ${fishQuote(choices.join(" "))}`);
    for (const option of options) {
      const names = [option.short && `-s ${option.short.slice(1)}`, option.long && `-l ${option.long.slice(2)}`]
        .filter(Boolean)
        .join(" ");
      const values = option.argChoices ? ` -x -a ${fishQuote(option.argChoices.join(" "))}` : option.required ? " -r" : "";
      lines.push(`complete -c unary ${condition} ${names}${values} -d ${fishQuote(option.description)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function fishQuote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

function choiceOf(option: Option): [string, string[]][] {
  return option.argChoices === undefined ? [] : words(option).map((word) => [word, option.argChoices ?? []]);
}
