"""A chart of times as SVG: a line for each model, a panel for each order, a mark for each way."""
import math

PANELS = (("value", "value"), ("gradient", "value, gradient"),
          ("hessian", "value, gradient, Hessian"))
WAYS = (("mlec", "#c0392b", "mlec"), ("plain", "#7f8c8d", "plain C"), ("tuned", "#2c3e50", "tuned C"))
LEFT, PANEL, GAP, LINE, TOP, BOTTOM = 220, 230, 24, 24, 66, 44


def text(x, y, words, anchor="start", size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{words}</text>'


def draw(rows):
    """`rows`: (title, {"value": {"mlec": ns, "plain": ns, "tuned": ns}, ...}) for each model."""
    times = [r[o][w] for _, r in rows for o, _ in PANELS for w, _, _ in WAYS]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    bottom = TOP + LINE * len(rows)
    width, height = LEFT + 3 * (PANEL + GAP), bottom + BOTTOM
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
           f'width="{width}" height="{height}" font-family="sans-serif">',
           f'<rect width="{width}" height="{height}" fill="white"/>']
    for i, (_, color, name) in enumerate(WAYS):
        out.append(f'<circle cx="{LEFT + 90 * i}" cy="16" r="5" fill="{color}"/>')
        out.append(text(LEFT + 90 * i + 9, 20, name))
    for i, (title, _) in enumerate(rows):
        out.append(text(LEFT - 10, TOP + LINE * (i + 0.5) + 4, title, "end"))
    for p, (order, title) in enumerate(PANELS):
        left = LEFT + p * (PANEL + GAP)

        def place(ns, left=left):
            return left + PANEL * (math.log10(ns) - low) / (high - low)
        out.append(text(left + PANEL / 2, TOP - 16, title, "middle", 13))
        for power in range(low, high + 1):
            x = place(10.0 ** power)
            out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}" stroke="#ddd"/>')
            out.append(text(x, bottom + 16, f"{10.0 ** power:g}", "middle", 11))
        out.append(text(left + PANEL / 2, bottom + 34, "ns per row", "middle", 11))
        for i, (_, r) in enumerate(rows):
            y = TOP + LINE * (i + 0.5)
            at = [place(r[order][way]) for way, _, _ in WAYS]
            out.append(f'<line x1="{min(at):.1f}" x2="{max(at):.1f}" y1="{y}" y2="{y}" '
                       'stroke="#bbb"/>')
            for x, (_, color, _) in reversed(list(zip(at, WAYS))):
                out.append(f'<circle cx="{x:.1f}" cy="{y}" r="5" fill="{color}"/>')
    return "\n".join(out) + "\n</svg>\n"
