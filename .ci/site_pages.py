"""Pages of the site that stand elsewhere in the repository: the benchmarks' results with their plot, and the changelog."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

_ELSEWHERE = {
    "benchmarks.md": "benchmarks/RESULTS.md",
    "results.svg": "benchmarks/results.svg",
    "changelog.md": "CHANGELOG.md",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    root = Path(config.config_file_path or "").parent
    for page, source in _ELSEWHERE.items():
        files.append(File.generated(config, page, content=(root / source).read_text(encoding="utf-8")))
    return files
