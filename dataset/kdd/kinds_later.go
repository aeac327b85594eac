package kdd

// Attacks that the 10 % file does not have. What is said to users is hardest to
// see: questions to a router, mail, guesses at a mailbox.
var (
	routerQuestion = values{
		srcBytes: {103, 105, 105, 105, 105, 105, 105, 146}, dstBytes: {0, 105, 146, 146, 146, 147, 147, 147}, count: {1, 1, 1, 1, 2, 2, 3, 4}, srvCount: {1, 1, 1, 1, 2, 2, 3, 3},
		sameSrv: {.33, 1, 1, 1, 1, 1, 1, 1}, hostCount: {3, 255, 255, 255, 255, 255, 255, 255}, hostSrvCount: {1, 252, 253, 254, 254, 254, 255, 255},
		hostSameSrv: {.06, .99, .99, 1, 1, 1, 1, 1}, hostDiffSrv: {0, .01, .01, .01, .01, .01, .01, .6}, hostSamePort: {0, 0, 0, 0, 0, .01, .01, 1},
	}
	routerGuess = values{
		srcBytes: {36, 42, 43, 45, 46, 49, 51, 56}, count: {1, 2, 3, 3, 4, 5, 5, 374}, srvCount: {1, 2, 3, 3, 4, 5, 5, 374}, sameSrv: {1},
		hostCount: {9, 255, 255, 255, 255, 255, 255, 255}, hostSrvCount: {9, 254, 254, 255, 255, 255, 255, 255}, hostSameSrv: {.99, 1, 1, 1, 1, 1, 1, 1}, hostSamePort: {0, 0, 0, .01, .01, .01, .02, 1},
	}
	mailFlood = values{
		duration: {1, 1, 1, 1, 1, 1, 1, 11}, srcBytes: {2_599}, dstBytes: {261, 293, 293, 293, 293, 293, 293, 293}, loggedIn: {1}, count: {1, 2, 2, 3, 3, 3, 4, 5}, srvCount: {1, 2, 2, 2, 3, 3, 3, 4},
		rerror: {0, 0, 0, 0, 0, .25, .33, .33}, sameSrv: {.6, .75, 1, 1, 1, 1, 1, 1}, diffSrv: {0, 0, 0, 0, 0, .5, .67, .67}, hostCount: {255}, hostSrvCount: {2, 243, 246, 246, 246, 247, 247, 247},
		hostSameSrv: {.01, .95, .96, .96, .96, .97, .97, .97}, hostDiffSrv: {.04, .04, .04, .04, .04, .05, .16, .16}, hostRerror: {.03, .03, .03, .03, .04, .04, .78, .97},
	}
	mailboxGuess = values{
		duration: {0, 0, 4, 4, 4, 5, 7, 60}, srcBytes: {15, 27, 28, 30, 31, 124, 127, 133}, dstBytes: {46, 93, 93, 93, 93, 174, 217, 2_437}, failedLogins: {0, 0, 0, 0, 0, 1, 1, 1}, loggedIn: {0, 0, 1, 1, 1, 1, 1, 1},
		count: {1, 1, 1, 1, 1, 1, 2, 8}, srvCount: {1, 1, 1, 1, 1, 1, 2, 3}, sameSrv: {1}, hostCount: {1, 161, 255, 255, 255, 255, 255, 255}, hostSrvCount: {1, 58, 218, 248, 253, 255, 255, 255},
		hostSameSrv: {0, .47, .88, .97, .99, 1, 1, 1}, hostDiffSrv: {0, 0, 0, .01, .01, .02, .04, .07}, hostRerror: {0, 0, 0, 0, .02, .09, .17, .65}, hostSrvRerror: {0, 0, 0, 0, 0, .03, .06, 1},
	}
	hostScan = values{
		duration: {0, 0, 0, 0, 0, 4, 7, 9}, srcBytes: {0, 0, 0, 0, 0, 24, 44, 44}, dstBytes: {0, 0, 0, 0, 36, 138, 715, 1_254}, count: {1, 1, 1, 2, 3, 4, 5, 5}, srvCount: {1, 1, 2, 4, 9, 19, 26, 35},
		serror: {0, 0, 0, 0, 0, 1, 1, 1}, srvSerror: {0, 0, 0, 0, .14, 1, 1, 1}, rerror: {0, 0, .5, 1, 1, 1, 1, 1}, srvRerror: {0, 0, .44, .83, 1, 1, 1, 1}, sameSrv: {.2, .25, .33, .5, 1, 1, 1, 1},
		diffSrv: {0, 0, 0, 0, .75, 1, 1, 1}, srvDiffHost: {0, 0, .67, 1, 1, 1, 1, 1}, hostCount: {1, 15, 78, 167, 255, 255, 255, 255}, hostSrvCount: {1, 8, 39, 59, 85, 93, 128, 248},
		hostSameSrv: {0, .04, .17, .25, .33, .41, .54, 1}, hostDiffSrv: {0, .02, .02, .03, .06, .32, .71, 1}, hostSrvDiffHost: {0, 0, 0, .02, .03, .05, .18, .5},
		hostSerror: {0, 0, 0, 0, .02, 1, 1, 1}, hostRerror: {0, 0, .16, .65, .88, .9, .94, 1}, hostSrvRerror: {0, 0, .5, .87, 1, 1, 1, 1},
	}
	apache2 = values{
		duration: {0, 0, 0, 805, 906, 2_075, 2_088, 2_100}, srcBytes: {0, 0, 0, 56_504, 62_344, 76_944, 91_544, 107_604}, loggedIn: {0, 0, 0, 1, 1, 1, 1, 1}, count: {1, 8, 13, 36, 67, 101, 123, 130}, srvCount: {1, 8, 13, 36, 67, 101, 123, 130},
		serror: {0, 0, 0, .03, 1, 1, 1, 1}, srvSerror: {0, 0, 0, .03, 1, 1, 1, 1}, rerror: {0, 0, 0, .97, 1, 1, 1, 1}, srvRerror: {0, 0, 0, .97, 1, 1, 1, 1}, sameSrv: {1},
		hostCount: {229, 255, 255, 255, 255, 255, 255, 255}, hostSrvCount: {226, 233, 245, 254, 255, 255, 255, 255}, hostSameSrv: {.89, .91, .99, 1, 1, 1, 1, 1}, hostDiffSrv: {0, 0, 0, .01, .01, .02, .02, .02},
		hostSerror: {0, 0, 0, .01, .14, .69, .82, .84}, hostSrvSerror: {0, 0, 0, .01, .15, .69, .82, .84}, hostRerror: {0, .05, .22, .41, .56, .7, .73, .74}, hostSrvRerror: {0, .06, .23, .42, .59, .7, .73, .74},
	}
	processTable = values{
		duration: {0, 0, 0, 7_382, 7_658, 8_184, 8_224, 8_233}, dstBytes: {15, 15, 44, 44, 44, 44, 44, 44}, count: {1, 1, 1, 1, 1, 1, 2, 5}, srvCount: {1, 1, 1, 1, 1, 1, 9, 32}, serror: {0, 0, 0, 0, 1, 1, 1, 1}, srvSerror: {0, 0, 0, 0, 1, 1, 1, 1},
		sameSrv: {1}, hostCount: {255}, hostSrvCount: {3, 36, 90, 145, 200, 241, 248, 253}, hostSameSrv: {.01, .14, .35, .57, .78, .95, .97, .99}, hostDiffSrv: {.01, .02, .02, .03, .24, .75, .85, .87},
		hostSerror: {0, 0, .22, .33, .5, .64, .75, .78}, hostSrvSerror: {0, .02, .34, .44, .58, .78, .81, .84}, hostRerror: {.01, .01, .01, .11, .24, .73, .83, .85}, hostSrvRerror: {0, 0, .01, .01, .07, .19, .26, .31},
	}
	tunnel = values{
		duration: {0, 0, 0, 0, 0, 0, 426, 1_419}, srcBytes: {0, 0, 0, 0, 0, 263, 12_127, 46_134}, dstBytes: {0, 0, 0, 0, 0, 619, 622, 46_626}, count: {1, 1, 1, 1, 1, 2, 3, 4}, srvCount: {1, 2}, rerror: {0, 0, .5, 1, 1, 1, 1, 1}, srvRerror: {0, 0, 1, 1, 1, 1, 1, 1},
		sameSrv: {.33, .5, 1, 1, 1, 1, 1, 1}, hostCount: {42, 61, 255, 255, 255, 255, 255, 255}, hostSrvCount: {1, 2, 7, 15, 23, 46, 52, 97}, hostSameSrv: {0, .01, .04, .07, .13, .18, .24, .54}, hostDiffSrv: {.01, .01, .02, .02, .02, .08, .12, .12},
		hostRerror: {0, 0, .04, .07, .1, .16, .18, .18}, hostSrvRerror: {0, .57, .75, .86, 1, 1, 1, 1},
	}
)

// later imitates the corrected file: fewer refused users, and what is new above.
var later = newProfile(laterNormal(), []kind{
	{"smurf.", 164_091, "icmp", []string{"ecr_i"}, "SF", smurf},
	{"neptune.", 45_000, "tcp", []string{"private"}, "S0", neptuneHalfOpen},
	{"neptune.", 13_000, "tcp", scanned, "REJ", neptuneRefused},
	{"snmpgetattack.", 7_741, "udp", []string{"private"}, "SF", routerQuestion},
	{"mailbomb.", 5_000, "tcp", []string{"smtp"}, "SF", mailFlood},
	{"guess_passwd.", 4_267, "tcp", []string{"pop_3", "pop_3", "pop_3", "pop_3", "pop_3", "telnet"}, "SF", mailboxGuess},
	{"guess_passwd.", 100, "tcp", []string{"ftp"}, "RSTO", guesses},
	{"snmpguess.", 2_406, "udp", []string{"private"}, "SF", routerGuess},
	{"satan.", 1_633, "tcp", []string{"other", "private"}, "REJ", satan},
	{"warezmaster.", 1_602, "tcp", []string{"ftp_data", "ftp_data", "ftp"}, "SF", warezUpload},
	{"back.", 1_098, "tcp", []string{"http"}, "SF", back},
	{"mscan.", 530, "tcp", []string{"telnet", "imap4", "pop_3", "sunrpc"}, "RSTO", hostScan},
	{"mscan.", 523, "tcp", []string{"telnet", "imap4", "pop_3", "pm_dump"}, "REJ", hostScan},
	{"apache2.", 794, "tcp", []string{"http"}, "RSTR", apache2},
	{"processtable.", 759, "tcp", []string{"telnet"}, "S3", processTable},
	{"saint.", 634, "tcp", []string{"other", "private"}, "REJ", satan},
	{"saint.", 102, "icmp", []string{"icmp"}, "SF", pings},
	{"portsweep.", 354, "tcp", []string{"private", "other"}, "RSTR", portScan},
	{"ipsweep.", 306, "icmp", []string{"eco_i"}, "SF", pings},
	{"httptunnel.", 158, "tcp", []string{"other"}, "REJ", tunnel},
	{"pod.", 87, "icmp", []string{"ecr_i"}, "SF", pod},
	{"nmap.", 84, "tcp", []string{"private"}, "SH", halfScan},
	{"buffer_overflow.", 22, "tcp", []string{"telnet"}, "SF", rootSession},
	{"multihop.", 18, "tcp", []string{"telnet", "ftp"}, "SF", rootSession},
	{"named.", 17, "tcp", []string{"domain"}, "SF", rootSession},
	{"sendmail.", 17, "tcp", []string{"smtp"}, "SF", rootSession},
	{"ps.", 16, "tcp", []string{"telnet"}, "SF", rootSession},
	{"xterm.", 13, "tcp", []string{"telnet"}, "SF", rootSession},
	{"rootkit.", 13, "tcp", []string{"telnet", "ftp"}, "SF", rootSession},
	{"teardrop.", 12, "udp", []string{"private"}, "SF", teardrop},
	{"xlock.", 9, "tcp", []string{"X11"}, "SF", rootSession},
	{"land.", 9, "tcp", []string{"telnet"}, "S0", landed},
	{"xsnoop.", 4, "tcp", []string{"X11"}, "SF", rootSession},
	{"ftp_write.", 3, "tcp", []string{"ftp"}, "SF", rootSession},
	{"phf.", 2, "tcp", []string{"http"}, "SF", rootSession},
	{"udpstorm.", 2, "udp", []string{"private"}, "SF", teardrop},
	{"perl.", 2, "tcp", []string{"telnet"}, "SF", rootSession},
	{"loadmodule.", 2, "tcp", []string{"telnet"}, "SF", rootSession},
	{"worm.", 2, "tcp", []string{"http"}, "SF", rootSession},
	{"sqlattack.", 2, "tcp", []string{"telnet"}, "SF", rootSession},
	{"imap.", 1, "tcp", []string{"imap4"}, "SH", mailProbe},
})

// laterNormal is kindsNormal with other shares: more private datagrams, hardly a
// refused connection.
func laterNormal() []kind {
	kinds := append([]kind(nil), kindsNormal...)
	for i := range kinds {
		k := &kinds[i]
		k.rows = k.rows * 9 / 16
		if k.flag == "REJ" {
			k.rows = 48
		}
		if k.services[0] == "private" {
			k.rows = 12_808
		}
	}
	return kinds
}
