// Command hophound finds the proxy that ate your header: it reads captures
// taken at every hop of a proxy chain, finds the same request at each, and
// names the hop that dropped Upgrade, Connection or anything else.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/hophound/hophound/report"
)

// Exit statuses, as every command's help has them.
const (
	exitPass         = 0
	exitFail         = 1
	exitTrouble      = 2
	exitInconclusive = 3
)

const exitHelp = `
Exit status:
  0  every upgrade that was asked for reached the application, no finding is an error
  1  a finding of severity error (check: a case that is not as wanted)
  2  the command line or an input cannot be used, or the output not be written
  3  inconclusive: too little was captured, or read before an interrupt, to tell`

func main() {
	boundMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // whoever asks twice is not made to wait
	catchBrokenPipe()
	os.Exit(run(ctx, systemEnvironment(), os.Args[1:]))
}

// environment is everything of the world around that commands use, so that a
// test can run them whole.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	width          int  // columns of the terminal, 0 if standard output is none
	color          bool // standard output takes colour

	stderrWidth func() int // columns of the terminal that standard error is; nil if it is none
}

func systemEnvironment() *environment {
	env := &environment{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	if fd := int(os.Stdout.Fd()); term.IsTerminal(fd) {
		if width, _, err := term.GetSize(fd); err == nil {
			env.width = width
		}
		env.color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	env.stderrWidth = terminalWidth(os.Stderr)
	return env
}

// status ends a command with an exit status after everything was said.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// run runs one command line and returns the exit status.
func run(ctx context.Context, env *environment, args []string) (exit int) {
	defer func() {
		if value := recover(); value != nil {
			tellCrash(env.stderr, value)
			exit = exitTrouble
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &output{below: env.stdout, failed: cancel}
	env.stdout = out
	root := newRootCommand(env)
	root.SetArgs(args)
	root.SetIn(env.stdin)
	root.SetOut(env.stdout)
	root.SetErr(env.stderr)
	err := root.ExecuteContext(ctx)
	var s status
	if failure := out.failure(); failure != nil { // whatever came of it, nobody has it
		endOfBrokenPipe(failure)
		err = failure
	}
	switch {
	case err == nil:
		return exitPass
	case errors.As(err, &s):
		return int(s)
	}
	tellError(env.stderr, err)
	return exitTrouble
}

// tellError prints an error. Names of files, and what stands in them, are shown
// and never obeyed by a terminal.
func tellError(w io.Writer, err error) {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = report.Printable(strings.ReplaceAll(line, "\t", "    "))
	}
	fmt.Fprintf(w, "hophound: %s\n", strings.Join(lines, "\n"))
}

func newRootCommand(env *environment) *cobra.Command {
	var verbose bool
	logger := zerolog.Nop()
	root := &cobra.Command{
		Use:   "hophound",
		Short: "Finds the proxy that ate your header",
		Long: `hophound reads captures taken at every hop of a proxy chain, finds the same
request at each hop, and names the hop that dropped Upgrade, Connection or
anything else, with the packets that prove it and the fix.`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRun: func(*cobra.Command, []string) {
			if verbose {
				logger = zerolog.New(zerolog.ConsoleWriter{Out: env.stderr, NoColor: !env.color}).With().Timestamp().Logger()
			}
		},
	}
	root.PersistentFlags().BoolVarP(&verbose, "verbose", "v", false, "tell on standard error what is being done")
	root.SetVersionTemplate("hophound {{.Version}}\n")
	root.AddCommand(
		newAnalyzeCommand(env, &logger),
		newWatchCommand(env, &logger),
		newCaptureCommand(env, &logger),
		newCheckCommand(env),
		newRulesCommand(env),
		newDoctorCommand(env),
	)
	return root
}

// version is that of the module or, in a build from a checkout, its revision.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
