"""The places of docs/performance.md that programs write: between <!-- name --> and <!-- end name -->."""
import pathlib
import re

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "performance.md"


def update(name, text):
    begin, end = f"<!-- {name} -->\n", f"<!-- end {name} -->"
    page = PAGE.read_text(encoding="utf-8")
    if begin not in page or end not in page:
        raise SystemExit(f"{PAGE} has no place for {name}")
    PAGE.write_text(re.sub(f"{re.escape(begin)}(.*\n)*?{re.escape(end)}",
                           lambda _: begin + text + end, page), encoding="utf-8")
