# Prints a table of covered lines by file from lcov's records, and fails when the total is below `least` per
# cent. Usage: awk -F: -v least=95 -v root=FOLDER/ -f coverage.awk FILE

$1 == "SF" { file = substr($0, 4); sub(root, "", file); missed = "" }
$1 == "DA" { split($2, line, ","); if (line[2] == 0) missed = missed " " line[1] }
$1 == "LH" { hit = $2 }
$1 == "LF" { found = $2 }
$0 == "end_of_record" {
    printf "%-28s %5d of %5d lines %6.1f %%%s\n", file, hit, found, found ? 100 * hit / found : 100,
        missed == "" ? "" : "  not reached:" substr(missed, 1, 200)
    hits += hit
    lines += found
}

END {
    if (lines == 0) {
        print "no line of code was counted"
        exit 1
    }
    total = 100 * hits / lines
    printf "%-28s %5d of %5d lines %6.1f %%\n", "total", hits, lines, total
    if (total < least) {
        printf "less than %s %% of the lines are reached\n", least
        exit 1
    }
}
