"""Charts as SVG: dots for each model beside each other; lines over a growing size."""
import math

LEFT, PANEL, GAP, LINE, TOP, BOTTOM = 220, 230, 44, 24, 66, 44
HEIGHT = 260  # of a panel of lines


def text(x, y, words, anchor="start", size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{words}</text>'


def line(x1, y1, x2, y2, color):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


def dot(x, y, color, size=5):
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{color}"/>'


def decades(values, log=math.log10):
    """The powers of ten around all values, at least one apart; of two with log=math.log2."""
    low = math.floor(log(min(values)))
    return low, max(math.ceil(log(max(values))), low + 1)


def page(width, height, marks):
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                      f'width="{width}" height="{height}" font-family="sans-serif">',
                      f'<rect width="{width}" height="{height}" fill="white"/>', *marks,
                      "</svg>\n"])


def legend(ways, left):
    for i, (_, color, name) in enumerate(ways):
        yield dot(left + 90 * i, 16, color)
        yield text(left + 90 * i + 9, 20, name)


def dots(rows, panels, ways):
    """`rows`: (title, {panel: {way: a number or None}}); `panels`: (key, title, unit) for each;
    `ways`: (key, color, title). Panels of one unit have one scale."""
    bottom = TOP + LINE * len(rows)
    out = list(legend(ways, LEFT))
    for i, (title, _) in enumerate(rows):
        out.append(text(LEFT - 10, TOP + LINE * (i + 0.5) + 4, title, "end"))
    for p, (key, title, unit) in enumerate(panels):
        left = LEFT + p * (PANEL + GAP)
        alike = [k for k, _, u in panels if u == unit]
        low, high = decades([v for _, r in rows for k in alike for w, _, _ in ways
                             if (v := r[k].get(w))] or [1])

        def place(value, left=left, low=low, high=high):
            return left + PANEL * (math.log10(value) - low) / (high - low)
        out.append(text(left + PANEL / 2, TOP - 16, title, "middle", 13))
        for power in range(low, high + 1):
            x = place(10.0 ** power)
            out.append(line(x, TOP, x, bottom, "#ddd"))
            if (high - power) % (1 if high - low < 6 else 2) == 0:  # more would touch
                out.append(text(x, bottom + 16, f"{10.0 ** power:g}", "middle", 11))
        out.append(text(left + PANEL / 2, bottom + 34, unit, "middle", 11))
        for i, (_, r) in enumerate(rows):
            y = TOP + LINE * (i + 0.5)
            at = [(place(r[key][w]), color) for w, color, _ in ways if r[key].get(w)]
            if at:
                out.append(line(min(at)[0], y, max(at)[0], y, "#bbb"))
            out += [dot(x, y, color) for x, color in reversed(at)]
    return page(LEFT + len(panels) * (PANEL + GAP), bottom + BOTTOM, out)


def power(n):
    return f"{10 ** n:,}".replace(",", " ") if n < 5 else f"1e{n}"


def lines(panels, ways, base=10):
    """`panels`: (title, name of x, name of y, {way: [(x, y)]}); both axes are logarithmic, to base
    10 or 2."""
    log = math.log10 if base == 10 else math.log2
    left, bottom, out = 60, TOP + HEIGHT, list(legend(ways, 60))
    for title, across, up, points in panels:
        low_x, high_x = decades([x for s in points.values() for x, _ in s], log)
        low_y, high_y = decades([y for s in points.values() for _, y in s], log)

        def place(x, y, left=left, low_x=low_x, high_x=high_x, low_y=low_y, high_y=high_y):
            return (left + PANEL * (log(x) - low_x) / (high_x - low_x),
                    bottom - HEIGHT * (log(y) - low_y) / (high_y - low_y))
        out.append(text(left + PANEL / 2, TOP - 16, title, "middle", 13))
        for n in range(low_x, high_x + 1):
            x, y = place(float(base) ** n, float(base) ** low_y)
            label = power(n) if base == 10 else f"{base ** n:g}"
            out += [line(x, TOP, x, y, "#ddd"), text(x, y + 16, label, "middle", 11)]
        for n in range(low_y, high_y + 1):
            x, y = place(float(base) ** low_x, float(base) ** n)
            out += [line(x, y, x + PANEL, y, "#ddd"),
                    text(x - 6, y + 4, f"{float(base) ** n:g}", "end", 11)]
        out.append(text(left + PANEL / 2, bottom + 34, f"{across}; {up}", "middle", 11))
        for way, color, _ in ways:
            at = [place(x, y) for x, y in points.get(way, [])]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
            out.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
            out += [dot(x, y, color, 3.5) for x, y in at]
        left += PANEL + 70
    return page(left - 40, bottom + BOTTOM, out)
