# test-summary.awk — what Swift Testing's output comes down to; see test.sh, which calls it.
#
#   awk -v skips=FILE -v compiled=1|0 -f test-summary.awk LOG
#
# Ends with 1 if a test failed, if none ran, or if a reason for a skip is not among those of FILE.

function seconds(line) { return match(line, /after [^ ]+ seconds/) ? substr(line, RSTART + 6) + 0 : 0 }

# The name of a test or suite: what stands between the word and the verdict.
function name(line, word, verdict) {
    sub(".* " word " ", "", line)
    sub(" " verdict ".*", "", line)
    sub(" with [0-9]+ test cases?$", "", line)
    return line
}

function reason(line) {
    if (line !~ /skipped: /) return "without a reason"
    sub(/.*skipped: "?/, "", line)
    sub(/"$/, "", line)
    return line
}

BEGIN {
    while (skips != "" && (getline line < skips) > 0) if (line !~ /^(#|$)/) allowed[++count] = line
}

/ Test run with / { ended = 1; next }
# An argument with an end of line in it may push the next verdict behind itself.
/ Test case / && !/. Test [^ ]+\(.*\).* (passed|failed) after/ { next }
/ Test .* passed after [^ ]+ seconds/ { passed++; took[name($0, "Test", "passed after")] += seconds($0); next }
/ Test .* failed after [^ ]+ seconds/ { failures[++failed] = name($0, "Test", "failed after"); next }
/ Test .* skipped(: |\.?$)/ { skipped++; why[reason($0)]++; next }
/ Suite .* passed after|Suite .* failed after/ { suites[name($0, "Suite", "(passed|failed) after")] = seconds($0); next }

END {
    print ""
    print "Slowest suites, in seconds:"
    for (n = 0; n < 8; n++) {
        best = ""
        for (suite in suites) if (best == "" || suites[suite] > suites[best]) best = suite
        if (best == "" || suites[best] < 1) break
        printf "%8.1f  %s\n", suites[best], best
        delete suites[best]
    }
    bad = 0
    if (skipped) print "Skipped, by reason:"
    for (text in why) {
        known = skips == ""
        for (n = 1; n <= count; n++) if (index(text, allowed[n]) == 1) known = 1
        printf "%8d  %s%s\n", why[text], text, known ? "" : "   <- not among the reasons of " skips
        if (!known) bad = 1
    }
    if (compiled ~ /^(0|no|false)$/) {
        files = "grep -rlE '^#if BLENDWAY_EXTRACT' Tests --include=*.swift | xargs grep -hc '@Test'"
        while ((files | getline line) > 0) away += line
        printf "Not compiled, as BLENDWAY_EXTRACT is %s: %d tests of the extraction from films and photographs\n", compiled, away
    }
    for (n = 1; n <= failed; n++) print "Failed: " failures[n]
    if (!ended) print "The test run did not end by itself: what was left did not run"
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit !(ended && passed && !failed && !bad)
}
