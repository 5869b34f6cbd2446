"""The status of the migrations of an application that serves: a document for probes, a page for people."""
