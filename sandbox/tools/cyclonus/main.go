// Answers which connections network policies allow, by the matcher of cyclonus: its own program prints tables alone.
// One JSON object on stdin, one on stdout; whatever is not understood ends it with an error, and no answer.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
)

type input struct {
	Policies []*networking.NetworkPolicy `json:"policies"`
	Pods     []pod                       `json:"pods"`
	// Labels by name.
	Namespaces map[string]map[string]string `json:"namespaces"`
	Queries    []query                      `json:"queries"`
}

type pod struct {
	Namespace string               `json:"namespace"`
	Name      string               `json:"name"`
	Labels    map[string]string    `json:"labels"`
	Address   string               `json:"address"`
	Ports     []core.ContainerPort `json:"ports"`
}

// Source and destination are addresses: of a pod, or else of the world outside.
type query struct {
	Source      string        `json:"source"`
	Destination string        `json:"destination"`
	Protocol    core.Protocol `json:"protocol"`
	Port        int           `json:"port"`
}

type output struct {
	// In the order of the queries.
	Allowed []bool `json:"allowed"`
}

func main() {
	var in input
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		fail(err)
	}
	pods := map[string]pod{}
	for _, one := range in.Pods {
		if _, known := in.Namespaces[one.Namespace]; !known {
			fail(fmt.Errorf("pod %s/%s: its namespace is not given", one.Namespace, one.Name))
		}
		if other, taken := pods[one.Address]; taken {
			fail(fmt.Errorf("pods %s/%s and %s/%s share an address", one.Namespace, one.Name, other.Namespace, other.Name))
		}
		pods[one.Address] = one
	}
	peer := func(address string) *matcher.TrafficPeer {
		one, isPod := pods[address]
		if !isPod {
			return &matcher.TrafficPeer{IP: address}
		}
		return &matcher.TrafficPeer{IP: address, Internal: &matcher.InternalPeer{
			Namespace: one.Namespace, PodLabels: one.Labels, NamespaceLabels: in.Namespaces[one.Namespace],
		}}
	}
	policy := matcher.BuildNetworkPolicies(false, in.Policies)
	out := output{Allowed: make([]bool, 0, len(in.Queries))}
	for _, one := range in.Queries {
		traffic := matcher.Traffic{
			Source: peer(one.Source), Destination: peer(one.Destination),
			ResolvedPort: one.Port, Protocol: one.Protocol,
		}
		names := portNames(pods[one.Destination], one)
		allows := func(isIngress bool) bool {
			for _, name := range names {
				traffic.ResolvedPortName = name
				if policy.IsIngressOrEgressAllowed(&traffic, isIngress).IsAllowed() {
					return true
				}
			}
			return false
		}
		out.Allowed = append(out.Allowed, allows(true) && allows(false))
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		fail(err)
	}
}

// The matcher takes one name a question, and leaves it to the caller to find it: a pod may have several for a number.
func portNames(destination pod, asked query) []string {
	names := []string{""}
	for _, port := range destination.Ports {
		protocol := port.Protocol
		if protocol == "" {
			protocol = core.ProtocolTCP
		}
		if port.Name != "" && int(port.ContainerPort) == asked.Port && protocol == asked.Protocol {
			names = append(names, port.Name)
		}
	}
	return names
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "cyclonus:", err)
	os.Exit(1)
}
