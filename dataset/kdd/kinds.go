package kdd

import "strings"

// A kind is a sort of connection: rows is its weight, in rows of the file that the
// profile imitates, and values its numbers. A column without values is 0.
type kind struct {
	label    string
	rows     int
	protocol string
	services []string // one of them, each as often
	flag     string
	values   values
}

// values gives the distribution of each numeric column.
type values [numColumns]dist

// The numeric columns, in the order of the file.
const (
	duration = iota
	srcBytes
	dstBytes
	land
	wrongFragment
	urgent
	hot
	failedLogins
	loggedIn
	compromised
	rootShell
	suAttempted
	numRoot
	fileCreations
	shells
	accessFiles
	outboundCmds
	hostLogin
	guestLogin
	count
	srvCount
	serror
	srvSerror
	rerror
	srvRerror
	sameSrv
	diffSrv
	srvDiffHost
	hostCount
	hostSrvCount
	hostSameSrv
	hostDiffSrv
	hostSamePort
	hostSrvDiffHost
	hostSerror
	hostSrvSerror
	hostRerror
	hostSrvRerror
	numColumns
)

// isRate marks the columns that are shares, kept to two decimals.
var isRate = func() (is [numColumns]bool) {
	for j, name := range Numeric() {
		is[j] = strings.HasSuffix(name, "_rate")
	}
	return is
}()

// factorOf gives, for each column, the column whose random number it shares:
// numbers that count the same thing rise and fall together.
var factorOf = func() (of [numColumns]int) {
	for j := range of {
		of[j] = j
	}
	for _, together := range [][]int{
		{count, srvCount}, {serror, srvSerror}, {rerror, srvRerror},
		{hostCount, hostSrvCount}, {hostSerror, hostSrvSerror}, {hostRerror, hostSrvRerror},
		{compromised, numRoot, rootShell, suAttempted, shells, accessFiles, fileCreations},
	} {
		for _, j := range together {
			of[j] = together[0]
		}
	}
	return of
}()
