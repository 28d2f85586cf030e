"""The settings of a stage: a table of settings/STAGE.toml, with those of its [smoke] table instead where all is only
tried out."""
import argparse
import pathlib
import tomllib
import types

FOLDER = pathlib.Path(__file__).parent / "settings"


def read(stage, options):
    """The table of settings/STAGE.toml, or of the file that the options name."""
    path = options.settings or FOLDER / f"{stage}.toml"
    table = tomllib.loads(path.read_text())
    instead = table.pop("smoke", {})
    unknown = set(instead) - set(table)
    if unknown:
        raise SystemExit(f"{path}: [smoke] changes {sorted(unknown)[0]}, which is no setting")
    return types.SimpleNamespace(**(table | (instead if options.smoke else {})))


def parser(description, *required):
    """The options that every stage has: the folders that it needs, where its settings are, --smoke and --threads."""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in required:
        options.add_argument("--" + name, type=pathlib.Path, required=True)
    options.add_argument("--settings", type=pathlib.Path, help="another file than settings/STAGE.toml")
    options.add_argument("--smoke", action="store_true", help="the few steps of the settings' [smoke] table")
    options.add_argument("--threads", type=int, default=1)
    return options
