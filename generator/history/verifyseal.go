package history

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// verifySeals checks that the lines of each run that was sealed are those that the run saw, and that no seal
// is missing. Runs before the first seal are only counted. lines holds the hashes of all lines by moment, in
// nanoseconds since 1970.
func (p *VerifyResult) verifySeals(files []string, lines map[int64][]string) {
	byMoment := make(map[int64][]sealLine)
	names := make(map[string]bool)
	var all []sealLine
	for _, file := range files {
		p.recordIfTorn(file)
		read, err := readSeals(file)
		p.addFault(err)
		for _, s := range read {
			p.Lines++
			names[s.Seal] = true
			byMoment[s.At.UnixNano()] = append(byMoment[s.At.UnixNano()], s)
		}
		all = append(all, read...)
	}
	if len(all) == 0 {
		return
	}
	first := slices.MinFunc(all, func(a, b sealLine) int { return a.At.Compare(b.At) })
	p.SealedSince = first.At
	for _, s := range all {
		for _, prev := range s.Prev {
			if !names[prev] {
				p.addFault(fmt.Errorf("the seal before the run of %s is missing\nhint: restore the folder %s with git",
					formatMoment(s.At), seals))
			}
		}
	}
	for _, moment := range slices.Sorted(maps.Keys(byMoment)) {
		p.verifyMoment(byMoment[moment], lines[moment])
	}
	p.verifyUnsealed(byMoment, lines)
}

// verifyMoment checks that the lines of a moment, which have these hashes, are those that one of its seals binds.
// Seals of two machines that ran in the same second bind a part of them each.
func (p *VerifyResult) verifyMoment(all []sealLine, hashes []string) {
	hashes = sortHashes(hashes)
	most := 0
	total := 0
	for _, s := range all {
		if s.binds(hashes) {
			return
		}
		most = max(most, s.Lines)
		total += s.Lines
	}
	at := formatMoment(all[0].At)
	const hint = "hint: restore the files of that day with git"
	switch {
	case len(hashes) < most:
		p.addFault(fmt.Errorf("run of %s: %d of %d lines are missing or changed\n%s", at, most-len(hashes), most, hint))
	case len(hashes) > total:
		p.addFault(fmt.Errorf("run of %s: %d lines, and it wrote %d\n%s", at, len(hashes), total, hint))
	case len(all) == 1:
		p.addFault(fmt.Errorf("run of %s: a line was changed\n%s", at, hint))
	}
}

// verifyUnsealed checks that every run after the first seal has one, but the last, which may have died before
// it. Runs before are counted.
func (p *VerifyResult) verifyUnsealed(sealed map[int64][]sealLine, lines map[int64][]string) {
	moments := slices.Sorted(maps.Keys(lines))
	for i, moment := range moments {
		at := time.Unix(0, moment)
		switch {
		case len(sealed[moment]) > 0:
		case at.Before(p.SealedSince):
			p.UnsealedRuns++
		case i < len(moments)-1:
			p.addFault(fmt.Errorf("run of %s: it has no seal, and runs before it have\nhint: restore the files of that day with git",
				formatMoment(at)))
		}
	}
}
