"""Makes the embedded faces from the full ones: python subset.py INTER_FOLDER JETBRAINS_FOLDER DEJAVU_FOLDER (needs fonttools).

Inter: egui applies no optional OpenType feature, so tabular figures and the single-storey a are made the default glyphs.
JetBrains Mono: ligatures are left out, a log shows what was written. StarboardSymbols: the marks the program draws.
"""
import sys
from fontTools import subset, ttLib
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen

LATIN = ("0020-007E,00A0-024F,0259,02B0-02FF,0300-036F,0370-03FF,0400-04FF,1E00-1EFF,2000-206F,2070-209F,"
         "20A0-20BF,2100-214F,2190-2199,2212,2215,2248,2260,2264,2265,FFFD")
MONO = LATIN + ",2200-22FF,2300-23FF,2500-259F"
SYMBOLS = ("2010-2027,2030-205E,2190-23FF,2400-2426,2460-2473,2500-27BF,2800-28FF,2B00-2B1F,FFFD")
CONTROLS = ("NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC "
            "FS GS RS US SP DEL").split()


def points(ranges):
    for part in ranges.split(","):
        ends = [int(end, 16) for end in part.split("-")]
        yield from range(ends[0], ends[-1] + 1)


def substitutions(font, tag):
    """The one-to-one substitutions of a feature: glyph name to glyph name."""
    table, found = font["GSUB"].table, {}
    for record in table.FeatureList.FeatureRecord:
        for index in record.Feature.LookupListIndex if record.FeatureTag == tag else ():
            for sub in table.LookupList.Lookup[index].SubTable:
                sub = sub.ExtSubTable if sub.LookupType == 7 else sub
                if sub.LookupType == 1:
                    found.update(sub.mapping)
    return found


def make(source, target, ranges, bake=False, features=("mark", "mkmk", "ccmp", "locl")):
    font = ttLib.TTFont(source)
    if bake:
        figures, letters = substitutions(font, "tnum"), substitutions(font, "cv11")
        for table in font["cmap"].tables:
            for point, name in list(table.cmap.items()):
                if 0x30 <= point <= 0x39:  # tnum also widens punctuation, which stays as drawn
                    name = figures.get(name, name)
                table.cmap[point] = letters.get(name, name)
    options = subset.Options()
    options.layout_features, options.hinting, options.glyph_names = list(features), False, False
    options.name_IDs, options.notdef_outline = [0, 1, 2, 3, 4, 5, 6, 13, 14], True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=points(ranges))
    subsetter.subset(font)
    font.save(target)


def add_control_pictures(source, target):
    """U+2400.. as letters of the same face, small, from the upper left to the lower right; DejaVu Sans has none."""
    full, font = ttLib.TTFont(source), ttLib.TTFont(target)
    wanted = {0x2400 + i: word for i, word in enumerate(CONTROLS)} | {0x2422: "BL", 0x2424: "NL", 0x2425: "DT", 0x2426: "SU"}
    glyphs, names, order, scale = full.getGlyphSet(), full.getBestCmap(), font.getGlyphOrder()[:], 0.58
    for point, word in wanted.items():
        if point in font.getBestCmap():
            continue
        pen, x, top = TTGlyphPen(None), 90, 1493 * (1 - scale)
        for i, letter in enumerate(word):
            glyph = glyphs[names[ord(letter)]]
            glyph.draw(TransformPen(pen, (scale, 0, 0, scale, x, top - top / (len(word) - 1) * i)))
            x += glyph.width * scale * 0.86
        name = f"uni{point:04X}"
        order.append(name)
        font.setGlyphOrder(order)
        font["glyf"].glyphs[name], font["glyf"].glyphOrder = pen.glyph(), order
        font["hmtx"][name] = (int(x + 150), 90)
        for table in font["cmap"].tables:
            table.cmap[point] = name
    font["maxp"].numGlyphs = len(order)
    for record in font["name"].names:
        if record.nameID in (1, 4, 6):
            record.string = "StarboardSymbols" if record.nameID == 6 else "Starboard Symbols"
    font.save(target)


inter, mono, dejavu = sys.argv[1:]
for weight in ("Regular", "Medium", "SemiBold"):
    make(f"{inter}/Inter-{weight}.otf", f"Inter-{weight}.otf", LATIN, bake=True, features=("kern", "mark", "mkmk", "ccmp", "locl"))
for weight in ("Regular", "Bold"):
    make(f"{mono}/JetBrainsMono-{weight}.ttf", f"JetBrainsMono-{weight}.ttf", MONO)
make(f"{dejavu}/DejaVuSans.ttf", "StarboardSymbols.ttf", SYMBOLS, features=())
add_control_pictures(f"{dejavu}/DejaVuSans.ttf", "StarboardSymbols.ttf")
