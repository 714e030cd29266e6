package filter

// keywords holds the words of pcap-filter(7) that are no names, each with the
// one it stands for. Those that only lead to a refusal are here so that the
// refusal can say why. It is only read, like all tables here.
var keywords = map[string]string{
	"and": "and", "or": "or", "not": "not",
	"src": "src", "dst": "dst",
	"host": "host", "net": "net", "mask": "mask", "port": "port", "portrange": "portrange",
	"proto": "proto", "protochain": "protochain", "gateway": "gateway",
	"ether": "ether", "link": "ether", "fddi": "ether", "tr": "ether", "wlan": "ether", "ppp": "ether", "slip": "ether",
	"ip": "ip", "ip6": "ip6", "arp": "arp", "rarp": "rarp",
	"tcp": "tcp", "udp": "udp", "sctp": "sctp", "icmp": "icmp", "icmp6": "icmp6",
	"igmp": "igmp", "igrp": "igrp", "pim": "pim", "vrrp": "vrrp", "carp": "carp", "ah": "ah", "esp": "esp",
	"broadcast": "broadcast", "multicast": "multicast",
	"less": "less", "greater": "greater", "len": "len", "length": "len",
	"inbound": "inbound", "outbound": "outbound", "ifindex": "ifindex", "vlan": "vlan",

	"byte": "byte", "mpls": "mpls", "pppoed": "pppoed", "pppoes": "pppoes", "geneve": "geneve", "vxlan": "vxlan",
	"llc": "llc", "on": "on", "ifname": "on", "type": "type", "subtype": "subtype", "dir": "dir",
	"atalk": "atalk", "aarp": "aarp", "decnet": "decnet", "lat": "lat", "sca": "sca", "moprc": "moprc", "mopdl": "mopdl",
	"iso": "iso", "esis": "esis", "isis": "isis", "clnp": "clnp", "stp": "stp", "ipx": "ipx", "netbeui": "netbeui", "radio": "radio",
}

// unsupported says why a keyword is refused.
var unsupported = map[string]string{
	"protochain": "it needs a loop over the headers of a packet, which classic BPF does not have",
	"gateway":    "it needs the name of a host and its Ethernet address",
	"byte":       `write an accessor instead: "ether[4] = 1"`,
	"mpls":       "labels are not looked behind", "pppoed": "PPPoE is not looked into", "pppoes": "PPPoE is not looked into",
	"geneve": "encapsulations are not looked into", "vxlan": "encapsulations are not looked into",
	"llc": "802.2 frames are not looked into", "on": "it is for the logs of pf",
	"type": "it is for 802.11", "subtype": "it is for 802.11", "dir": "it is for 802.11", "radio": "it is for 802.11",
	"atalk": "only protocols over IP are known", "aarp": "only protocols over IP are known", "decnet": "only protocols over IP are known",
	"lat": "only protocols over IP are known", "sca": "only protocols over IP are known", "moprc": "only protocols over IP are known",
	"mopdl": "only protocols over IP are known", "iso": "only protocols over IP are known", "esis": "only protocols over IP are known",
	"isis": "only protocols over IP are known", "clnp": "only protocols over IP are known", "stp": "only protocols over IP are known",
	"ipx": "only protocols over IP are known", "netbeui": "only protocols over IP are known",
}

// constants holds the names of numbers that pcap-filter(7) has for accessors.
var constants = map[string]uint32{
	"tcpflags": 13,
	"tcp-fin":  0x01, "tcp-syn": 0x02, "tcp-rst": 0x04, "tcp-push": 0x08,
	"tcp-ack": 0x10, "tcp-urg": 0x20, "tcp-ece": 0x40, "tcp-cwr": 0x80,
	"icmptype": 0, "icmpcode": 1,
	"icmp-echoreply": 0, "icmp-unreach": 3, "icmp-sourcequench": 4, "icmp-redirect": 5, "icmp-echo": 8,
	"icmp-routeradvert": 9, "icmp-routersolicit": 10, "icmp-timxceed": 11, "icmp-paramprob": 12,
	"icmp-tstamp": 13, "icmp-tstampreply": 14, "icmp-ireq": 15, "icmp-ireqreply": 16, "icmp-maskreq": 17, "icmp-maskreply": 18,
	"icmp6type": 0, "icmp6code": 1,
	"icmp6-destinationunreach": 1, "icmp6-packettoobig": 2, "icmp6-timeexceeded": 3, "icmp6-parameterproblem": 4,
	"icmp6-echo": 128, "icmp6-echoreply": 129, "icmp6-multicastlistenerquery": 130,
	"icmp6-multicastlistenerreportv1": 131, "icmp6-multicastlistenerdone": 132,
	"icmp6-routersolicit": 133, "icmp6-routeradvert": 134, "icmp6-neighborsolicit": 135, "icmp6-neighboradvert": 136,
	"icmp6-redirect": 137, "icmp6-routerrenum": 138, "icmp6-nodeinformationquery": 139, "icmp6-nodeinformationresponse": 140,
	"icmp6-ineighbordiscoverysolicit": 141, "icmp6-ineighbordiscoveryadvert": 142,
	"icmp6-multicastlistenerreportv2": 143, "icmp6-homeagentdiscoveryrequest": 144, "icmp6-homeagentdiscoveryreply": 145,
	"icmp6-mobileprefixsolicit": 146, "icmp6-mobileprefixadvert": 147,
	"icmp6-certpathsolicit": 148, "icmp6-certpathadvert": 149,
	"icmp6-multicastrouteradvert": 151, "icmp6-multicastroutersolicit": 152, "icmp6-multicastrouterterm": 153,
}

// Ethernet types (IEEE 802 numbers of IANA).
const (
	etherIP    = 0x0800
	etherARP   = 0x0806
	etherRARP  = 0x8035
	etherVLAN  = 0x8100
	etherQinQ  = 0x9100 // of before 802.1ad
	etherIPv6  = 0x86dd
	etherSVLAN = 0x88a8 // 802.1ad
)

var etherTypes = map[string]uint32{"ip": etherIP, "ip6": etherIPv6, "arp": etherARP, "rarp": etherRARP}

// Protocol numbers of IANA.
const (
	protocolTCP      = 6
	protocolUDP      = 17
	protocolFragment = 44
	protocolICMPv6   = 58
	protocolSCTP     = 132
)

// protocols holds those of IP that keywords and `proto \name` know; v4 and v6
// say where the keyword alone looks for it.
var protocols = map[string]struct {
	number uint32
	v4, v6 bool
}{
	"icmp": {1, true, false}, "igmp": {2, true, false}, "tcp": {protocolTCP, true, true}, "igrp": {9, true, false},
	"udp": {protocolUDP, true, true}, "esp": {50, true, true}, "ah": {51, true, true}, "icmp6": {protocolICMPv6, false, true},
	"pim": {103, true, true}, "vrrp": {112, true, false}, "carp": {112, true, false}, "sctp": {protocolSCTP, true, true},
}

// protocolNames holds further names for `proto \name`, as in /etc/protocols.
var protocolNames = map[string]uint32{
	"ipencap": 4, "ipip": 94, "gre": 47, "ipv6": 41, "ipv6-icmp": protocolICMPv6, "ospf": 89, "eigrp": 88, "l2tp": 115, "dccp": 33, "udplite": 136,
}

const (
	overTCP = 1 << iota
	overUDP
)

// services holds the names that a port may be called by, with the protocols
// that /etc/services of Debian lists for it: `port http` is that of TCP alone.
var services = map[string]struct {
	port uint16
	over int
}{
	"ftp-data": {20, overTCP}, "ftp": {21, overTCP}, "ssh": {22, overTCP}, "telnet": {23, overTCP}, "smtp": {25, overTCP},
	"time": {37, overTCP | overUDP}, "domain": {53, overTCP | overUDP}, "bootps": {67, overUDP}, "bootpc": {68, overUDP},
	"tftp": {69, overUDP}, "http": {80, overTCP}, "www": {80, overTCP}, "kerberos": {88, overTCP | overUDP},
	"pop3": {110, overTCP}, "sunrpc": {111, overTCP | overUDP}, "ntp": {123, overUDP}, "imap2": {143, overTCP}, "imap": {143, overTCP},
	"snmp": {161, overTCP | overUDP}, "bgp": {179, overTCP}, "ldap": {389, overTCP | overUDP}, "https": {443, overTCP | overUDP},
	"submission": {587, overTCP}, "syslog": {514, overUDP}, "ldaps": {636, overTCP | overUDP}, "imaps": {993, overTCP}, "pop3s": {995, overTCP},
	"mysql": {3306, overTCP}, "postgresql": {5432, overTCP}, "amqp": {5672, overTCP}, "redis": {6379, overTCP},
	"http-alt": {8080, overTCP}, "webcache": {8080, overTCP},
}
