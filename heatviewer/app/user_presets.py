"""The user's colour presets: kept in one JSON file in the configuration folder, beside the preferences.

The file is read when a name is asked for that the program does not have itself, so a start costs
nothing. Every change reads it again first: two windows do not lose each other's presets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from heatviewer.app.preset_files import MAX_BYTES, PresetFile, checked_name, parse_presets, presets_text
from heatviewer.core.errors import MissingFileError, ReadError, SettingError
from heatviewer.core.output import whole_file
from heatviewer.model.catalogue import key
from heatviewer.model.presets import own_name, set_user_presets, set_user_source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from heatviewer.core.colormap import ColorMap


@dataclass(frozen=True)
class Imported:
    """What an import did: the presets' names as they are kept, and what should be known of it."""

    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


class _Loaded:
    """Which file the presets of this process came from, and what was wrong with it."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self.problems: tuple[str, ...] = ()


_loaded = _Loaded()


def presets_path() -> Path:
    """Return where the user's presets lie on this system."""
    import platformdirs

    return Path(platformdirs.user_config_dir("heatviewer", appauthor=False)) / "presets.json"


def use_user_presets() -> None:
    """Let names of the user's presets be found from now on; nothing is read yet."""
    set_user_source(load_user_presets)


def load_user_presets(again: bool = False) -> tuple[str, ...]:
    """Read the user's presets unless they were read before; return what is wrong with the file.

    What can be read is taken: presets never stop the program.
    """
    path = presets_path()
    if again or path != _loaded.path:
        _loaded.path = path
        try:
            found = _read(path, keep_going=True)
        except ReadError as error:
            found = PresetFile((), (error.what,))
        _loaded.problems = tuple(f"{path.name}: {line}." for line in found.left_out)
        set_user_presets(found.maps, forget=True)
    return _loaded.problems


def _read(path: Path, keep_going: bool = False) -> PresetFile:
    """Return what is in the user's file; nothing where there is none."""
    try:
        data = _bytes(path)
    except MissingFileError:
        return PresetFile(())
    if data.strip() in (b"", b"{}"):
        return PresetFile(())
    return parse_presets(data, path.name, keep_going)


def _bytes(path: Path) -> bytes:
    """Return a file's content, but no more of it than a list of presets has."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise MissingFileError(path.name, "there is no such file", "Check the path") from None
    except OSError as error:
        raise ReadError(
            path.name, f"cannot be read ({error.strerror})", "Check the path and its rights"
        ) from error


def _stored() -> dict[str, ColorMap]:
    """Return what is in the user's file now, for a change of it; a damaged file is not written over."""
    load_user_presets()
    path = presets_path()
    try:
        maps = _read(path).maps
    except ReadError as error:
        raise ReadError(str(path), error.what, "Repair this file or take it away") from None
    return {key(color_map.name): color_map for color_map in maps}


def _store(maps: dict[str, ColorMap]) -> None:
    with whole_file(presets_path()) as file:
        file.write(presets_text(maps.values()).encode("utf-8"))
    set_user_presets(maps.values())


def why_not(name: str) -> str:
    """Return why a preset of the user's cannot have a name; empty where it can."""
    try:
        _checked(name)
    except SettingError as error:
        return str(error)
    return ""


def _checked(name: str) -> str:
    try:
        name = checked_name(name)
    except ValueError as error:
        raise SettingError("preset", str(error), "Type another name") from None
    taken = own_name(name)
    if taken is not None:
        raise SettingError("preset", f"'{taken}' is a map of the program's own", "Type another name")
    return name


def save_preset(name: str, color_map: ColorMap, replace_old: bool = False) -> ColorMap:
    """Keep a map as a preset of the user's and return it under its name.

    Raises
    ------
    SettingError
        Where the name is the program's own, or the user has one of that name and `replace_old` is
        not given.
    ReadError, WriteError
        Where the user's file is damaged or cannot be written; nothing is changed.
    """
    made = replace(color_map, name=_checked(name))
    maps = _stored()
    if key(made.name) in maps and not replace_old:
        old = maps[key(made.name)].name
        raise SettingError("preset", f"there is a preset '{old}'", "Type another name, or replace it")
    _store(maps | {key(made.name): made})
    return made


def rename_preset(old: str, new: str) -> ColorMap:
    """Give a preset of the user's another name; raises as `save_preset` does."""
    maps = _stored()
    if key(old) not in maps:
        raise SettingError("preset", f"'{old}' is not one of your presets")
    made = replace(maps[key(old)], name=_checked(new))
    if key(new) != key(old) and key(made.name) in maps:
        raise SettingError("preset", f"there is a preset '{maps[key(made.name)].name}'", "Type another name")
    del maps[key(old)]
    _store(maps | {key(made.name): made})
    return made


def delete_preset(name: str) -> ColorMap:
    """Forget a preset of the user's and return it, so that it can be kept again.

    Layers that use it keep their colours until the program ends.
    """
    maps = _stored()
    if key(name) not in maps:
        raise SettingError("preset", f"'{name}' is not one of your presets")
    gone = maps.pop(key(name))
    _store(maps)
    return gone


def import_presets(path: str | Path) -> Imported:
    """Keep the presets of a JSON file, all or none; see `preset_files` for its shapes.

    A name that is taken gets a number, unless the same map has it already.

    Raises
    ------
    MissingFileError, ReadError
        Naming the preset, the field and the value that is not allowed; nothing is kept.
    WriteError
        Where the user's file cannot be written.
    """
    path = Path(path)
    found = parse_presets(_bytes(path), path.name)
    maps, names, notes = _stored(), [], list(found.left_out)
    for color_map in found.maps:
        free = _free_name(color_map, maps)
        if free != color_map.name:
            notes.append(f"'{color_map.name}' is taken; kept as '{free}'")
        maps[key(free)] = replace(color_map, name=free)
        names.append(free)
    if names:
        _store(maps)
    return Imported(tuple(names), tuple(notes))


def _free_name(color_map: ColorMap, maps: dict[str, ColorMap]) -> str:
    """Return a map's name, with a number after it where another map has the name."""
    number, name = 1, color_map.name
    while own_name(name) is not None or (
        key(name) in maps and replace(maps[key(name)], name=color_map.name) != color_map
    ):
        number += 1
        name = f"{color_map.name} {number}"
    return name


def export_presets(maps: Iterable[ColorMap], path: str | Path) -> None:
    """Write presets into a JSON file that `import_presets` reads; whole or not at all.

    Raises
    ------
    WriteError
        Where the file cannot be written.
    """
    with whole_file(path) as file:
        file.write(presets_text(maps).encode("utf-8"))
