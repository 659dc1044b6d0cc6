"""The Studio: lessons written in the browser, as drafts with a history, and published from there."""
