"""From words to sources and options.

An option belongs to the last path before it; numbers and comma lists may begin with a minus; ``--``
ends the options; ``--option=value`` is the same as ``--option value``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from heatviewer.cli.options import Option
from heatviewer.core.errors import SettingError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NUMBER_WORDS = {1: "A number is", 2: "Two numbers are", 3: "Three numbers are"}


@dataclass(frozen=True)
class Command:
    """What a command takes.

    Attributes
    ----------
    name : str
        Its word; empty for the window.
    usage : str
        Its arguments, as help writes them.
    summary : str
        One line without a full stop.
    options : callable
        Gives its own options.
    layers : bool
        Whether it takes a base and heatmaps with their options.
    paths : int or None
        How many paths it takes at most; None: any number.
    """

    name: str
    usage: str
    summary: str
    options: Callable[[], tuple[Option, ...]]
    layers: bool = False
    paths: int | None = 0

    @property
    def words(self) -> str:
        """The command as it is typed."""
        return f"heatviewer {self.name}".strip()


@dataclass
class Source:
    """A path, its role, and what was said about it."""

    path: str
    role: Literal["base", "heatmap"]
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class Parsed:
    """The command line, taken apart.

    Attributes
    ----------
    sources : list of Source
        In the order given.
    values : dict
        The command's own options by key; only those given.
    """

    sources: list[Source] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def base(self) -> Source | None:
        """The base, or None."""
        return next((source for source in self.sources if source.role == "base"), None)

    @property
    def heatmaps(self) -> list[Source]:
        """The heatmaps, bottom first."""
        return [source for source in self.sources if source.role == "heatmap"]


def parse(command: Command, words: Sequence[str]) -> Parsed:
    """Return the words of a command (its name left out), taken apart and checked one by one.

    Parsing ends at ``--help`` and ``--version``.

    Raises
    ------
    UsageError
        Naming the word, what was found and what to do.
    """
    return _Parser(command, words).parse()


class _Parser:
    def __init__(self, command: Command, words: Sequence[str]) -> None:
        self._command = command
        self._words = list(words)
        self._at = 0
        self._result = Parsed()
        self._options = {name: option for option in command.options() for name in option.names}
        if command.layers:
            from heatviewer.cli.options import layer_options

            self._options |= {name: option for option in layer_options() for name in option.names}
            self._options["--heatmap"] = HEATMAP

    def parse(self) -> Parsed:
        only_paths = False
        while self._at < len(self._words):
            word = self._words[self._at]
            self._at += 1
            if only_paths or not word.startswith("-") or word == "-":
                self._add_path(word)
            elif word == "--":
                only_paths = True
            else:
                self._take_option(word)
                if {"help", "version"} & set(self._result.values):
                    return self._result
        self._check_whole()
        return self._result

    def _add_path(self, path: str, heatmap: bool = False) -> None:
        if not path:
            raise UsageError("''", "is an empty path", "Give the path of a file or folder")
        limit = self._command.paths
        if limit is not None and len(self._result.sources) >= limit:
            takes = "takes no path" if limit == 0 else "takes one path"
            raise UsageError(path, f"'{self._command.words}' {takes}", self._see_help())
        heatmap = heatmap or self._result.base is not None
        self._result.sources.append(Source(path, "heatmap" if heatmap else "base"))

    def _take_option(self, word: str) -> None:
        name, equals, attached = word.partition("=") if word.startswith("--") else (word, "", "")
        option = self._options.get(name)
        if option is None:
            raise self._unknown(word, name)
        if option.kind == "flag" and equals:
            raise UsageError(name, "takes no value", f"Write {name} alone")
        value = self._value(option, [attached] if equals else [])
        if option is HEATMAP:
            self._add_path(value, heatmap=True)
        elif option.scope == "command":
            self._result.values[option.key] = value
        else:
            self._owner(option).settings[option.key] = value

    def _value(self, option: Option, given: list[str]) -> Any:
        if option.kind == "flag":
            return option.constant
        if option.kind in ("number", "whole"):
            return self._numbers(option, given)
        text = given[0] if given else self._next(option, 0)
        if option.kind == "file":
            if not text:
                raise UsageError(option.name, "'' is an empty path", _expected(option))
            # A path and no text: text may be the name of a layer.
            return (Path(text), *(_number(option, self._next(option, n)) for n in range(1, option.count)))
        if option.kind == "list":
            return tuple(_number(option, part) for part in text.split(","))
        if option.kind == "choice" and text not in option.choices:
            raise UsageError(
                option.name, f"'{text}' is not known", f"Choose from {', '.join(option.choices)}"
            )
        return text

    def _numbers(self, option: Option, given: list[str]) -> Any:
        """Return an option's number or numbers: so many words, or one word with commas."""
        first = given[0] if given else self._next(option, 0)
        if "," in first and option.count > 1:
            texts = first.split(",")
            if len(texts) != option.count:
                raise UsageError(option.name, f"{len(texts)} numbers were given", _expected(option))
        else:
            texts = [first, *(self._next(option, n) for n in range(1, option.count))]
        values = tuple(_number(option, text) for text in texts)
        return values if option.count > 1 else values[0]

    def _next(self, option: Option, had: int) -> str:
        """Return the next word as a value; a word with two hyphens is an option and no value."""
        if self._at == len(self._words) or self._is_option(self._words[self._at]):
            some = f"{had} of {option.count} values are given" if had else "the value is missing"
            raise UsageError(option.name, some, f"Write {option.name} {option.values}")
        self._at += 1
        return self._words[self._at - 1]

    def _is_option(self, word: str) -> bool:
        return word.startswith("--") or word in self._options

    def _owner(self, option: Option) -> Source:
        """Return the last path, which an option belongs to."""
        if not self._result.sources:
            raise UsageError(option.name, "there is no path before it", "Put it after the path it belongs to")
        last = self._result.sources[-1]
        if option.scope in ("layer", last.role):
            return last
        if option.scope == "heatmap":
            what = f"is a heatmap's option, and only a base, '{last.path}', is before it"
        else:
            what = f"is an option of the base, and the last path before it is the heatmap '{last.path}'"
        raise UsageError(option.name, what, f"Put it after the {option.scope} it belongs to")

    def _unknown(self, word: str, name: str) -> UsageError:
        from difflib import get_close_matches

        if _looks_like_number(word):
            return UsageError(word, "is a number without an option before it", self._see_help())
        near = get_close_matches(name, self._options, n=1, cutoff=0.7)
        hint = f"The nearest is {near[0]}" if near else self._see_help()
        return UsageError(name, "there is no such option", hint)

    def _see_help(self) -> str:
        return f"See {self._command.words} --help"

    def _check_whole(self) -> None:
        """Refuse heatmaps without a base, a demo with files, and settings that their rules refuse."""
        result = self._result
        if result.values.get("demo") and result.sources:
            raise UsageError(
                "--demo", f"shows a study of its own, not '{result.sources[0].path}'", "Give one"
            )
        if result.heatmaps and result.base is None:
            raise UsageError(result.heatmaps[0].path, "is a heatmap without a base", "Give the base first")
        for source in result.sources:
            _check_settings(source)


def _check_settings(source: Source) -> None:
    """Raise UsageError, naming the option, for a value that a layer's rules refuse."""
    if not source.settings:
        return
    from heatviewer.app.user_presets import use_user_presets
    from heatviewer.model.layer import BaseLayer, HeatmapLayer

    use_user_presets()
    try:
        if source.role == "base":
            BaseLayer(**{"id": "", "window": (0, 1)} | source.settings)
        else:
            own = {name: value for name, value in source.settings.items() if name != "style"}
            HeatmapLayer(id="", data_range_auto="data_range" not in own, **own)
    except SettingError as error:
        raise UsageError(_option_of(error.where), error.what, error.hint) from None


def _option_of(where: str) -> str:
    """Return the option that sets a field; a part of a field is named by its field."""
    from heatviewer.cli.options import layer_options

    key = where.partition(".")[0]
    return next((option.name for option in layer_options() if option.key == key), where)


def _number(option: Option, text: str) -> float | int:
    """Return a word as a number; a true minus sign, as the program shows it, is a minus."""
    plain = text.strip().replace("\N{MINUS SIGN}", "-")
    try:
        if "_" in plain:
            raise ValueError(plain)
        number: float | int = int(plain) if option.kind == "whole" else float(plain)
    except ValueError:
        what = "a whole number" if option.kind == "whole" else "a number"
        raise UsageError(option.name, f"'{text}' is not {what}", _expected(option)) from None
    # An open end of a threshold is infinite; nothing else is.
    if math.isnan(number) or (option.scope == "command" and not math.isfinite(number)):
        raise UsageError(option.name, f"'{text}' is not a finite number", _expected(option))
    return number


def _expected(option: Option) -> str:
    if option.kind in ("list", "file"):
        return f"Write {option.name} {option.values}"
    return f"{_NUMBER_WORDS.get(option.count, 'Numbers are')} expected: {option.values}"


def _looks_like_number(word: str) -> bool:
    try:
        float(word.split(",")[0])
    except ValueError:
        return False
    return True


HEATMAP = Option(("--heatmap",), "heatmap", "FILE", "a heatmap, as a further path is", "text")
