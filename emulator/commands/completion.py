"""completion: print the script by which a shell completes this command."""

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of a SHELL.

    \b
    bash:  echo 'eval "$(moderation-emulator completion bash)"' >> ~/.bashrc
    zsh:   echo 'eval "$(moderation-emulator completion zsh)"' >> ~/.zshrc
    fish:  moderation-emulator completion fish > ~/.config/fish/completions/moderation-emulator.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for {shell}")
    name = "moderation-emulator"
    script = kind(context.find_root().command, {}, name, "_MODERATION_EMULATOR_COMPLETE")
    click.echo(script.source_template % script.source_vars())
