#!/usr/bin/env bash
# module-map.sh — draws the modules of Package.swift into docs/architecture.md, as a Mermaid graph.
#
#   tools/module-map.sh            rewrites the page
#   tools/module-map.sh --check    fails if the page's picture isn't that of Package.swift
#
# Only what a reader needs: library modules in Swift and the arrows that no other path implies.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

command -v python3 >/dev/null 2>&1 || fail "python3 is missing"
"${SWIFT:-swift}" package dump-package | python3 -c '
import json, re, sys

package = json.load(sys.stdin)
targets = {t["name"]: t for t in package["targets"] if t["type"] in ("regular", "executable")}
shims = {n for n in targets if re.match(r"C[A-Z]", n) and n != "Cluster"} | {"TestSupport", "MPIProbe", "StoreProbe"}
uses = {n: {d["byName"][0] for d in t["dependencies"] if "byName" in d and d["byName"][0] in targets} - shims
        for n, t in targets.items() if n not in shims}

def reached(name, without):
    seen, todo = set(), [d for d in uses[name] if d != without]
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo += uses[one]
    return seen

lines = ["```mermaid", "graph TD"]
for name in uses:
    direct = [d for d in sorted(uses[name]) if d not in reached(name, d)]
    lines += [f"    {name} --> {d}" for d in direct] or [f"    {name}"]
lines.append("```")
page = open("docs/architecture.md").read()
start, end = "<!-- modules -->\n", "<!-- end of modules -->"
before, rest = page.split(start)
new = before + start + "\n".join(lines) + "\n" + end + rest.split(end)[1]
if sys.argv[1:] == ["--check"]:
    sys.exit(new != page and "docs/architecture.md shows other modules than Package.swift; run tools/module-map.sh")
open("docs/architecture.md", "w").write(new)
' "$@"
