"""One set of migrations over many targets: schemas of a database, or databases, each with a history and a lock of its own."""
