# Reads build/mutants.txt, then the mutations of one package (PIT's CSV); lists the mutants that no
# test noticed and are not listed as equivalent. Exits with 1 if less than 85 % of the rest are noticed.

FNR == NR {
  if ($0 ~ /^#/ || NF == 0) next
  split($0, word, " ")
  equivalent[word[1] " " word[2]] = word[3] + 0
  next
}

{
  class = $2; sub(/^io\.donna\.gateway\./, "", class)
  mutator = $3; sub(/.*\./, "", mutator); sub(/Mutator.*/, "", mutator)
  if ($6 == "NON_VIABLE") next
  all++
  if ($6 != "SURVIVED" && $6 != "NO_COVERAGE") { noticed++; next }
  key = class "." $4 " " mutator
  missed[key]++
  file = "gateway/src/main/java/io/donna/gateway/" class
  gsub(/\./, "/", file); sub(/\/java\/io/, "/java/io", file); sub(/\$.*/, "", file)
  where[key] = where[key] sprintf("  %s.java:%s %s: %s%s\n", file, $5, $4, mutator,
    $6 == "NO_COVERAGE" ? " (no test runs this line)" : "")
}

END {
  for (key in missed) {
    split(key, word, ".")
    if (missed[key] <= equivalent[key]) { named += missed[key]; continue }
    printf "%s", where[key] | "sort"
    left += missed[key]
  }
  close("sort")
  for (key in equivalent)
    if (index(key, package ".") == 1 && missed[key] + 0 < equivalent[key])
      printf "  build/mutants.txt: %s: %d listed, but %d not noticed\n", key, equivalent[key], missed[key]
  share = all > named ? 100 * noticed / (all - named) : 100
  printf "%s: %d mutants, %d noticed, %d equivalent, %d not noticed (%.0f %% noticed), in %d s\n",
    package, all, noticed, named, left, share, seconds
  exit share < 85
}
