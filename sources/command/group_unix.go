//go:build unix

package command

import (
	"os/exec"
	"syscall"
)

// endGroup makes a program the leader of a process group, and its end that of the group: what a
// script started does not outlive it.
func endGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
