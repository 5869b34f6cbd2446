"""What a rehearsal tells, as one page of HTML and as Markdown."""
