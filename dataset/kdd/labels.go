package kdd

import (
	"fmt"
	"slices"
	"strings"
)

// A Category is one of the five classes that the contest was scored on.
type Category uint8

const (
	Normal Category = iota // no attack
	Probe                  // looking for hosts and open ports
	DoS                    // denial of service
	U2R                    // a user becomes root
	R2L                    // a stranger gets in from another machine
)

var categoryNames = [...]string{"normal", "probe", "dos", "u2r", "r2l"}

// String returns the name of c in lower case.
func (c Category) String() string {
	if int(c) < len(categoryNames) {
		return categoryNames[c]
	}
	return fmt.Sprintf("Category(%d)", uint8(c))
}

// attacks lists the attacks of the 10 % file and of the corrected file. The lists
// that are in use differ on httptunnel, which is a U2R here.
var attacks = [...][]string{
	Probe: strings.Fields("ipsweep nmap portsweep satan saint mscan"),
	DoS:   strings.Fields("back land neptune pod smurf teardrop apache2 udpstorm processtable mailbomb"),
	U2R:   strings.Fields("buffer_overflow loadmodule perl rootkit xterm ps httptunnel sqlattack"),
	R2L: strings.Fields(`ftp_write guess_passwd imap multihop phf spy warezclient warezmaster
		snmpgetattack snmpguess named xlock xsnoop sendmail worm`),
}

// CategoryOf returns the category of a label, with or without its final dot, and
// whether the label is known.
func CategoryOf(label string) (Category, bool) {
	name := strings.TrimSuffix(label, ".")
	for c, names := range attacks {
		if slices.Contains(names, name) {
			return Category(c), true
		}
	}
	return Normal, name == "normal"
}

// Labels returns the labels of a category as they stand in the files.
func Labels(c Category) []string {
	if c == Normal {
		return []string{normal}
	}
	if int(c) >= len(attacks) {
		return nil
	}
	labels := slices.Clone(attacks[c])
	for i := range labels {
		labels[i] += "."
	}
	return labels
}
