package kdd

import "strings"

// scanned are services that floods and scans try besides those that users have.
var scanned = strings.Fields(`telnet http finger ftp_data csnet_ns smtp remote_job pop_3 discard iso_tsap
	systat domain gopher shell echo sql_net rje auth printer courier whois imap4 nntp sunrpc netbios_ssn mtp vmnet
	uucp_path uucp klogin bgp supdup ssh nnsp login hostnames efs daytime netbios_ns link pop_2 ldap netbios_dgm
	http_443 exec name kshell ctf netstat Z39_50 time ftp`)

// Floods: many rows that hardly differ.

var (
	smurf = values{
		srcBytes: {520, 520, 1_032, 1_032, 1_032, 1_032, 1_032, 1_032},
		count:    {2, 477, 511, 511, 511, 511, 511, 511}, srvCount: {2, 477, 511, 511, 511, 511, 511, 511}, sameSrv: {1},
		hostCount: {3, 255, 255, 255, 255, 255, 255, 255}, hostSrvCount: {3, 255, 255, 255, 255, 255, 255, 255},
		hostSameSrv: {.5, 1, 1, 1, 1, 1, 1, 1}, hostDiffSrv: {0, 0, 0, 0, 0, 0, 0, .26}, hostSamePort: {.5, 1, 1, 1, 1, 1, 1, 1},
	}
	neptuneHalfOpen = values{
		count: {20, 101, 125, 205, 250, 288, 297, 302}, srvCount: {1, 2, 6, 11, 16, 20, 24, 31}, serror: {.9, 1, 1, 1, 1, 1, 1, 1}, srvSerror: {.9, 1, 1, 1, 1, 1, 1, 1},
		sameSrv: {0, .01, .03, .06, .09, .15, .3, 1}, diffSrv: {0, .05, .06, .06, .07, .08, .14, .67},
		hostCount: {100, 255, 255, 255, 255, 255, 255, 255}, hostSrvCount: {1, 1, 6, 11, 16, 20, 25, 145},
		hostSameSrv: {0, 0, .02, .04, .06, .08, .1, .5}, hostDiffSrv: {0, .05, .06, .07, .07, .08, .09, .6},
		hostSerror: {.9, 1, 1, 1, 1, 1, 1, 1}, hostSrvSerror: {.9, 1, 1, 1, 1, 1, 1, 1},
	}
	neptuneRefused = values{
		count: {20, 90, 120, 180, 240, 280, 295, 300}, srvCount: {1, 2, 6, 11, 16, 20, 24, 31}, rerror: {.9, 1, 1, 1, 1, 1, 1, 1}, srvRerror: {.9, 1, 1, 1, 1, 1, 1, 1},
		sameSrv: {0, .01, .03, .06, .09, .15, .3, 1}, diffSrv: {0, .05, .06, .06, .07, .08, .14, .67},
		hostCount: {100, 255, 255, 255, 255, 255, 255, 255}, hostSrvCount: {1, 1, 6, 11, 16, 20, 25, 145},
		hostSameSrv: {0, 0, .02, .04, .06, .08, .1, .5}, hostDiffSrv: {0, .05, .06, .07, .07, .08, .09, .6},
		hostRerror: {.9, 1, 1, 1, 1, 1, 1, 1}, hostSrvRerror: {.9, 1, 1, 1, 1, 1, 1, 1},
	}
	back = values{
		duration: {0, 0, 0, 0, 0, 0, 7, 14}, srcBytes: {13_140, 54_540, 54_540, 54_540, 54_540, 54_540, 54_540, 54_540},
		dstBytes: {0, 8_314, 8_314, 8_314, 8_314, 8_314, 8_314, 8_315}, hot: {0, 2, 2, 2, 2, 2, 2, 3}, loggedIn: {1}, compromised: {0, 1, 1, 1, 1, 1, 1, 1},
		count: {1, 1, 2, 3, 4, 6, 9, 19}, srvCount: {1, 1, 2, 3, 5, 6, 11, 21}, rerror: {0, 0, 0, 0, 0, .33, .5, 1}, srvRerror: {0, 0, 0, 0, .2, .5, .67, 1},
		sameSrv: {1}, srvDiffHost: {0, 0, 0, 0, 0, .67, 1, 1}, hostCount: {1, 28, 175, 255, 255, 255, 255, 255}, hostSrvCount: {1, 28, 175, 255, 255, 255, 255, 255},
		hostSameSrv: {1}, hostSamePort: {0, 0, 0, 0, .01, .04, .17, 1}, hostSerror: {0, 0, 0, 0, 0, .01, .02, .04}, hostSrvSerror: {0, 0, 0, 0, 0, .01, .02, .04},
		hostRerror: {0, .01, .03, .04, .05, .11, .38, 1}, hostSrvRerror: {0, .01, .03, .04, .05, .11, .38, 1},
	}
	teardrop = values{
		srcBytes: {28}, wrongFragment: {1, 3, 3, 3, 3, 3, 3, 3}, count: {1, 6, 28, 55, 82, 152, 191, 200}, srvCount: {1, 5, 25, 49, 74, 94, 99, 100},
		serror: {0, 0, 0, 0, 0, .67, .91, .99}, sameSrv: {.2, .33, 1, 1, 1, 1, 1, 1}, diffSrv: {0, 0, 0, 0, 0, .05, .07, .1},
		hostCount: {40, 121, 255, 255, 255, 255, 255, 255}, hostSrvCount: {1, 6, 28, 55, 82, 137, 176, 185},
		hostSameSrv: {.01, .03, .12, .23, .35, .56, .69, .73}, hostDiffSrv: {0, .01, .01, .02, .43, .81, .96, 1}, hostSamePort: {.01, .03, .12, .23, .35, .56, .69, .73},
		hostSerror: {0, 0, 0, 0, .02, .09, .09, .09}, hostRerror: {0, 0, 0, 0, .52, .75, .87, .91},
	}
	pod = values{
		srcBytes: {564, 1_480, 1_480, 1_480, 1_480, 1_480, 1_480, 1_480}, wrongFragment: {1}, count: {1, 1, 1, 2, 4, 17, 20, 20}, srvCount: {1, 1, 3, 4, 4, 17, 20, 20},
		sameSrv: {1}, srvDiffHost: {0, 0, 0, .5, .67, .67, .67, 1}, hostCount: {1, 1, 2, 3, 99, 255, 255, 255}, hostSrvCount: {1, 2, 10, 19, 151, 152, 155, 155},
		hostSameSrv: {.01, .02, .09, 1, 1, 1, 1, 1}, hostSamePort: {.01, .02, .09, 1, 1, 1, 1, 1}, hostSrvDiffHost: {0, 0, 0, .08, .5, .55, .67, .67},
		hostDiffSrv: {0, 0, 0, 0, .04, .67, 1, 1}, hostSerror: {0, 0, 0, 0, 0, .56, .6, .61},
	}
	landed = values{
		land: {1}, count: {1, 2}, srvCount: {1, 3}, serror: {.5, 1}, srvSerror: {.5, 1}, sameSrv: {1}, srvDiffHost: {0, 1},
		hostCount: {1, 20}, hostSrvCount: {1, 40}, hostSameSrv: {.8, 1}, hostSamePort: {.5, 1}, hostSrvDiffHost: {0, .3}, hostSerror: {.5, 1}, hostSrvSerror: {.4, 1},
	}
)

// Scans: one connection each to many ports or hosts.

var (
	portScan = values{
		duration: {0, 0, 0, 0, 0, 21_455, 40_121, 42_448}, srcBytes: {0, 0, 0, 0, 0, 1, 1, 1},
		count: {1, 1, 1, 1, 2, 157, 345, 445}, srvCount: {1, 1, 1, 1, 1, 2, 2, 3}, serror: {0, 0, 0, 0, 0, 0, .75, 1}, srvSerror: {0, 0, 0, 0, 0, 0, 1, 1},
		rerror: {.5, 1, 1, 1, 1, 1, 1, 1}, srvRerror: {.5, 1, 1, 1, 1, 1, 1, 1}, sameSrv: {0, .01, .5, 1, 1, 1, 1, 1}, diffSrv: {0, 0, 0, 0, .4, 1, 1, 1},
		hostCount: {50, 228, 255, 255, 255, 255, 255, 255}, hostSrvCount: {1, 1, 1, 1, 1, 2, 2, 115},
		hostSameSrv: {0, 0, 0, 0, 0, .01, .01, 1}, hostDiffSrv: {.05, .17, .62, .82, 1, 1, 1, 1}, hostSamePort: {0, .25, 1, 1, 1, 1, 1, 1},
		hostSerror: {0, 0, 0, 0, 0, .03, .42, .56}, hostRerror: {0, .25, .99, 1, 1, 1, 1, 1}, hostSrvRerror: {.5, 1, 1, 1, 1, 1, 1, 1},
	}
	satan = values{
		srcBytes: {0, 0, 0, 0, 0, 1, 6, 1_710}, dstBytes: {0, 0, 0, 0, 0, 0, 4, 375}, count: {1, 17, 509, 510, 511, 511, 511, 511}, srvCount: {1, 1, 1, 1, 1, 6, 57, 144},
		serror: {0, 0, .04, .09, .14, .27, .42, .44}, srvSerror: {0, 0, 0, 0, 0, .3, 1, 1}, rerror: {0, .3, .79, .87, .93, .98, 1, 1}, srvRerror: {0, .5, 1, 1, 1, 1, 1, 1},
		sameSrv: {0, 0, 0, 0, 0, .38, 1, 1}, diffSrv: {0, .1, 1, 1, 1, 1, 1, 1}, hostCount: {4, 255, 255, 255, 255, 255, 255, 255}, hostSrvCount: {1, 1, 1, 1, 1, 10, 144, 211},
		hostSameSrv: {0, 0, 0, 0, 0, .04, .56, .83}, hostDiffSrv: {.02, .22, 1, 1, 1, 1, 1, 1}, hostSamePort: {0, 0, 0, 0, 0, .85, 1, 1},
		hostSerror: {0, 0, .03, .09, .15, .31, .47, .55}, hostRerror: {0, .3, .75, .86, .93, 1, 1, 1}, hostSrvRerror: {0, .5, 1, 1, 1, 1, 1, 1},
	}
	pings = values{
		srcBytes: {8, 8, 8, 8, 18, 18, 18, 18}, count: {1}, srvCount: {1, 1, 1, 13, 34, 48, 52, 52}, sameSrv: {1}, srvDiffHost: {0, 0, 0, 1, 1, 1, 1, 1},
		hostCount: {1, 1, 1, 2, 9, 50, 200, 255}, hostSrvCount: {1, 2, 16, 46, 91, 180, 230, 255}, hostSameSrv: {.1, .5, 1, 1, 1, 1, 1, 1},
		hostSamePort: {.1, .5, 1, 1, 1, 1, 1, 1}, hostSrvDiffHost: {0, 0, .23, .5, .51, .6, 1, 1},
	}
	halfScan = values{
		count: {1, 1, 1, 1, 1, 2, 3, 46}, srvCount: {1, 1, 1, 1, 2, 3, 5, 52}, serror: {.5, 1, 1, 1, 1, 1, 1, 1}, srvSerror: {.5, 1, 1, 1, 1, 1, 1, 1}, sameSrv: {1},
		hostCount: {1, 1, 3, 64, 255, 255, 255, 255}, hostSrvCount: {1, 1, 1, 1, 2, 5, 9, 20}, hostSameSrv: {0, 0, 0, 0, .1, 1, 1, 1},
		hostDiffSrv: {0, 0, .3, 1, 1, 1, 1, 1}, hostSamePort: {.5, .83, 1, 1, 1, 1, 1, 1}, hostSerror: {.5, .9, 1, 1, 1, 1, 1, 1}, hostSrvSerror: {.5, 1, 1, 1, 1, 1, 1, 1},
	}
)

// Intrusions: few sessions that look much like those of users.

var (
	guesses = values{
		duration: {0, 0, 0, 0, 0, 23, 60, 60}, srcBytes: {100, 125, 126, 126, 126, 126, 126, 126}, dstBytes: {150, 179, 179, 179, 179, 179, 2_053, 2_053},
		hot: {1, 1, 1, 1, 1, 2, 2, 2}, failedLogins: {1, 1, 1, 1, 1, 1, 5, 5}, count: {1, 3}, srvCount: {1, 3}, rerror: {0, 0, 1, 1, 1, 1, 1, 1}, srvRerror: {0, 0, 1, 1, 1, 1, 1, 1},
		sameSrv: {1}, hostCount: {2, 52}, hostSrvCount: {2, 52}, hostSameSrv: {1}, hostSamePort: {.02, .1}, hostSerror: {.04, .08}, hostSrvSerror: {.04, .08},
		hostRerror: {.5, .96}, hostSrvRerror: {.5, .96},
	}
	rootSession = values{
		duration: {0, 0, 25, 100, 162, 305, 321, 1_500}, srcBytes: {0, 20, 300, 1_567, 2_336, 2_628, 6_274, 6_274}, dstBytes: {300, 1_351, 2_738, 3_816, 5_020, 16_771, 70_529, 70_529},
		hot: {0, 0, 0, 2, 3, 4, 5, 5}, loggedIn: {0, 1, 1, 1, 1, 1, 1, 1}, compromised: {0, 0, 0, 1, 2, 4, 38, 38}, rootShell: {0, 0, .4, 1, 1, 1, 1, 1}, numRoot: {0, 0, 0, 1, 2, 4, 54, 54},
		fileCreations: {0, 0, 0, 1, 2, 4, 4, 4}, shells: {0, 0, 0, 0, 1, 2, 2, 2}, accessFiles: {0, 0, 0, 0, 0, 1, 2, 2}, urgent: {0, 0, 0, 0, 0, 0, 1, 1},
		count: {1, 3}, srvCount: {1, 3}, sameSrv: {.5, 1}, diffSrv: {0, 0, 0, 0, .2, 1, 1, 1}, hostCount: {1, 1, 1, 2, 4, 255, 255, 255}, hostSrvCount: {1, 1, 2, 3, 7, 83, 84, 84},
		hostSameSrv: {0, .02, .7, 1, 1, 1, 1, 1}, hostSamePort: {0, .02, .33, 1, 1, 1, 1, 1}, hostSrvDiffHost: {0, 0, 0, 0, .3, .67, 1, 1}, hostDiffSrv: {0, 0, 0, 0, .02, .5, .7, .7},
	}
	warezLogin = values{
		duration: {0, 1, 5, 30, 300, 5_057, 12_546, 15_168}, srcBytes: {300, 334, 980, 1_223, 1_300, 1_400, 3_000, 3_000}, dstBytes: {400, 900, 2_000, 2_445, 2_451, 2_453, 2_453, 2_453},
		hot: {1, 20, 28, 28, 28, 28, 28, 28}, loggedIn: {1}, guestLogin: {0, 1, 1, 1, 1, 1, 1, 1}, count: {1, 2}, srvCount: {1, 2}, sameSrv: {1},
		hostCount: {1, 1, 20, 150, 250, 255, 255, 255}, hostSrvCount: {1, 3, 10, 25, 45, 60, 70, 80}, hostSameSrv: {.04, .06, .09, .15, .4, 1, 1, 1}, hostDiffSrv: {0, .02, .02, .03, .06, .2, .3, .5},
		hostSamePort: {0, 0, 0, .01, .05, .5, 1, 1}, hostSerror: {0, 0, 0, 0, .01, .07, .2, 1}, hostSrvDiffHost: {0, 0, 0, 0, .02, .1, .3, .5},
	}
	warezTransfer = values{
		duration: {0, 0, 0, 0, 1, 10, 20, 60}, srcBytes: {200, 334, 334, 334, 1_200, 5_133_876, 5_135_678, 5_135_678}, loggedIn: {1}, count: {1, 2}, srvCount: {1, 2}, sameSrv: {1}, srvDiffHost: {0, 0, 0, 0, 0, .4, .67, 1},
		hostCount: {1, 1, 2, 5, 9, 100, 255, 255}, hostSrvCount: {1, 3, 15, 33, 50, 117, 137, 144}, hostSameSrv: {.3, .8, 1, 1, 1, 1, 1, 1}, hostSamePort: {.3, .8, 1, 1, 1, 1, 1, 1},
		hostSrvDiffHost: {0, 0, .04, .13, .17, .4, .5, .67},
	}
	warezUpload = values{
		duration: {0, 0, 9, 9, 10, 156, 156, 156}, dstBytes: {197, 848, 5_149_533, 5_150_836, 5_151_154, 5_155_468, 5_155_468, 5_155_468}, fileCreations: {0, 0, 0, 0, 0, 0, 21, 21},
		loggedIn: {0, 0, 0, 0, 0, 1, 1, 1}, count: {1, 1, 1, 1, 1, 3, 3, 3}, srvCount: {1, 1, 1, 1, 1, 3, 3, 3}, sameSrv: {1}, hostCount: {1, 2, 6, 11, 16, 40, 255, 255}, hostSrvCount: {1, 1, 4, 9, 14, 18, 18, 18},
		hostSameSrv: {0, .2, 1, 1, 1, 1, 1, 1}, hostSamePort: {0, .2, 1, 1, 1, 1, 1, 1},
	}
	mailProbe = values{
		duration: {0, 40}, srcBytes: {0, 1_492}, dstBytes: {0, 0, 0, 0, 162, 649_186, 649_186, 649_186}, hot: {0, 0, 0, 0, 0, 2, 2, 2}, count: {1, 4}, srvCount: {1, 163}, serror: {.5, 1}, srvSerror: {.5, 1},
		srvRerror: {0, .04}, sameSrv: {1}, srvDiffHost: {0, .37}, hostCount: {1, 10}, hostSrvCount: {1, 11}, hostSameSrv: {.5, 1}, hostSamePort: {.2, 1}, hostSerror: {.5, 1}, hostSrvSerror: {.5, 1},
	}
)

// training imitates the 10 % file.
var training = newProfile(kindsNormal, []kind{
	{"smurf.", 280_790, "icmp", []string{"ecr_i"}, "SF", smurf},
	{"neptune.", 82_500, "tcp", []string{"private"}, "S0", neptuneHalfOpen},
	{"neptune.", 4_250, "tcp", scanned, "S0", neptuneHalfOpen},
	{"neptune.", 19_000, "tcp", []string{"private"}, "REJ", neptuneRefused},
	{"neptune.", 1_000, "tcp", scanned, "REJ", neptuneRefused},
	{"neptune.", 455, "tcp", scanned, "RSTO", neptuneRefused},
	{"back.", 2_110, "tcp", []string{"http"}, "SF", back},
	{"back.", 93, "tcp", []string{"http"}, "RSTR", back},
	{"satan.", 1_229, "tcp", []string{"other", "other", "other", "private"}, "REJ", satan},
	{"satan.", 180, "tcp", scanned, "S0", satan},
	{"satan.", 180, "udp", []string{"private", "other"}, "SF", satan},
	{"ipsweep.", 1_153, "icmp", []string{"eco_i"}, "SF", pings},
	{"ipsweep.", 94, "tcp", append([]string{"private", "private"}, scanned[:12]...), "REJ", portScan},
	{"portsweep.", 820, "tcp", []string{"private", "private", "private", "other"}, "RSTR", portScan},
	{"portsweep.", 200, "tcp", append([]string{"private", "private", "other"}, "supdup", "vmnet", "ftp"), "REJ", portScan},
	{"portsweep.", 20, "tcp", []string{"private"}, "RSTOS0", portScan},
	{"nmap.", 103, "icmp", []string{"eco_i"}, "SF", pings},
	{"nmap.", 128, "tcp", []string{"private", "private", "telnet", "ctf", "pop_3"}, "SH", halfScan},
	{"warezclient.", 313, "tcp", []string{"ftp"}, "SF", warezLogin},
	{"warezclient.", 707, "tcp", []string{"ftp_data"}, "SF", warezTransfer},
	{"teardrop.", 979, "udp", []string{"private"}, "SF", teardrop},
	{"pod.", 264, "icmp", []string{"ecr_i", "ecr_i", "ecr_i", "tim_i"}, "SF", pod},
	{"guess_passwd.", 53, "tcp", []string{"telnet"}, "RSTO", guesses},
	{"land.", 21, "tcp", []string{"finger", "telnet"}, "S0", landed},
	{"warezmaster.", 20, "tcp", []string{"ftp_data", "ftp_data", "ftp"}, "SF", warezUpload},
	{"imap.", 12, "tcp", []string{"imap4"}, "SH", mailProbe},
	{"buffer_overflow.", 30, "tcp", []string{"telnet", "telnet", "ftp_data"}, "SF", rootSession},
	{"rootkit.", 10, "tcp", []string{"telnet", "ftp"}, "SF", rootSession},
	{"loadmodule.", 9, "tcp", []string{"telnet", "ftp_data"}, "SF", rootSession},
	{"ftp_write.", 8, "tcp", []string{"ftp", "ftp_data", "login"}, "SF", rootSession},
	{"multihop.", 7, "tcp", []string{"telnet", "ftp", "ftp_data"}, "SF", rootSession},
	{"phf.", 4, "tcp", []string{"http"}, "SF", rootSession},
	{"perl.", 3, "tcp", []string{"telnet"}, "SF", rootSession},
	{"spy.", 2, "tcp", []string{"telnet"}, "SF", rootSession},
})
