"""How other tools lay out a folder of migrations: one small reader each, and nothing of them beyond it.

To add a layout: name it in `nouns.layouts.Layout`; write a `Reader`, which makes sources of a folder's listing (they carry the
layout); choose it in `choosing`, by a sign that no other layout has; and say in `loading` which text of a source runs, or
which class. Sources sort by `Source.order`; whoever asks where a name sorts that has no file any more asks `planning.versions`.
"""
