#!/usr/bin/env python3
"""mlec fmt: one layout that says the same, and the files it is written to."""
import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile
import unittest

MLEC = os.environ["MLEC"]
SOURCE = pathlib.Path(os.environ.get("MLEC_SOURCE", "."))

UNTIDY = """# Weights of plants.

## no doc of the next statement


data  y:real;data x   # both
param a=1e0,b : real # start
param s:positive       # spread
let eta=(a+b * x)   # line
y~normal( eta , # mean
            s ) # and deviation
where  (y>0 and x>0) or   y<-1
"""
TIDY = """# Weights of plants.

## no doc of the next statement

data y : real
data x                   # both
param a = 1e0, b : real  # start
param s : positive       # spread
let eta = a + b*x        # line
y~normal( eta , # mean
    s )  # and deviation
where (y > 0 and x > 0) or y < -1
"""


def run(*args, stdin=b"", **more):
    return subprocess.run([MLEC, *map(str, args)], input=stdin, capture_output=True, timeout=60,
                          check=False, **more)


def models():
    for folder in ("examples", "grammar/prelude", "tests"):
        yield from sorted((SOURCE / folder).rglob("*.lik"))


class Layout(unittest.TestCase):
    def printed(self, text):
        done = run("fmt", "-", stdin=text if isinstance(text, bytes) else text.encode())
        self.assertEqual((done.returncode, done.stderr), (0, b""), done.stderr)
        return done.stdout.decode()

    def test_layout(self):
        self.assertEqual(self.printed(UNTIDY), TIDY)
        self.assertEqual(self.printed(TIDY), TIDY)

    def test_wide_lines_are_broken_and_stay_so(self):
        text = "y ~ normal(" + " + ".join(f"beta_{i}*column_{i}" for i in range(20)) + ", s)\n"
        wide = self.printed(text)
        self.assertLessEqual(max(map(len, wide.splitlines())), 100)
        self.assertEqual(wide.replace("\n    ", " "), text)
        self.assertEqual(self.printed(wide), wide)

    def test_line_ends(self):
        windows = TIDY.replace("\n", "\r\n")
        self.assertEqual(self.printed(UNTIDY.replace("\n", "\r\n")), windows)
        self.assertEqual(self.printed(windows), windows)
        self.assertEqual(self.printed("\ufeff" + TIDY), TIDY)
        self.assertEqual(self.printed("let a=1"), "let a = 1\n")
        self.assertEqual(self.printed(""), "")
        self.assertEqual(self.printed("\n\n# only a comment"), "# only a comment\n")

    def test_every_model_of_the_repository(self):
        """Idempotent, comments kept; the program itself compares the trees."""
        count = 0
        for path in models():
            text = path.read_bytes()
            done = run("fmt", "-", stdin=text)
            with self.subTest(str(path)):
                if done.returncode:
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertEqual(done.stdout, b"")
                    self.assertNotIn(b"[internal]", done.stderr)
                    continue
                count += 1
                again = run("fmt", "-", stdin=done.stdout)
                self.assertEqual(again.stdout.decode(), done.stdout.decode())
                if b'"' not in text and b"`" not in text:
                    self.assertEqual(comments(text), comments(done.stdout))
                    self.assertEqual(tree(text), tree(done.stdout))
        self.assertGreater(count, 200)


def comments(text):
    """The comments in order; how many `#` a doc has, and the blank behind them, is layout."""
    return [re.sub(r"^#+ ?", "", c.rstrip()) for c in re.findall(r"#.*", text.decode())]


def tree(text):
    done = run("emit", "--ast", "-", stdin=text)
    return re.sub(rb"\[\d+,\d+\) ", b"", done.stdout)


class Files(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.file = self.folder / "m.lik"
        self.file.write_text(UNTIDY)

    def fmt(self, *args):
        return run("fmt", *args, cwd=self.folder)

    def test_in_place(self):
        self.file.chmod(0o640)
        done = self.fmt("m.lik")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        self.assertEqual(self.file.read_text(), TIDY)
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o640)
        self.assertEqual(os.listdir(self.folder), ["m.lik"])

    def test_a_tidy_file_is_not_written(self):
        self.file.write_text(TIDY)
        before = self.file.stat()
        self.assertEqual(self.fmt("m.lik").returncode, 0)
        self.assertEqual(self.file.stat().st_ino, before.st_ino)
        self.assertEqual(self.file.stat().st_mtime_ns, before.st_mtime_ns)

    def test_check(self):
        (self.folder / "tidy.lik").write_text(TIDY)
        done = self.fmt("--check", "m.lik", "tidy.lik")
        self.assertEqual((done.returncode, done.stdout), (1, b"m.lik\n"))
        self.assertEqual(self.file.read_text(), UNTIDY)
        done = self.fmt("--check", "tidy.lik")
        self.assertEqual((done.returncode, done.stdout), (0, b""))

    def test_a_link_stays_a_link(self):
        link = self.folder / "link.lik"
        link.symlink_to("m.lik")
        self.assertEqual(self.fmt("link.lik").returncode, 0)
        self.assertTrue(link.is_symlink())
        self.assertEqual(self.file.read_text(), TIDY)

    def test_what_cannot_be_read_is_left_as_it_is(self):
        wrong = self.folder / "wrong.lik"
        wrong.write_text("let  a = (1\n")
        done = self.fmt("wrong.lik", "none.lik", "m.lik")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"[unclosed-bracket]", done.stderr)
        self.assertIn(b"[cannot-read]", done.stderr)
        self.assertEqual(wrong.read_text(), "let  a = (1\n")
        self.assertEqual(self.file.read_text(), TIDY)  # the others are formatted all the same

    def test_what_cannot_be_written(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everything")
        self.file.chmod(0o440)
        done = self.fmt("m.lik")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"[cannot-write]", done.stderr)
        self.assertEqual(self.file.read_text(), UNTIDY)
        self.assertEqual(os.listdir(self.folder), ["m.lik"])

    def test_usage(self):
        done = self.fmt()
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"mlec fmt MODEL.lik", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv, verbosity=1)
