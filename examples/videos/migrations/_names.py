"""What the data migration calls a video whose file has no better name."""

from pathlib import PurePath


def title_of(file_name: str) -> str:
    """`my_holiday-2024.mp4` becomes `My holiday 2024`."""
    words = PurePath(file_name).stem.replace("_", " ").replace("-", " ").split()
    return " ".join(words).capitalize() or "Untitled"
