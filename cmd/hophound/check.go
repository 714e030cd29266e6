package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/check"
	"github.com/hophound/hophound/pcaps"
	"github.com/hophound/hophound/report"
)

type checkOptions struct {
	update  bool
	secrets secretOptions
}

func (o *checkOptions) addFlags(flags *pflag.FlagSet) {
	flags.BoolVar(&o.update, "update", false, "rewrite want.txt and want.json with the reports as they are now")
	o.secrets.addMaskFlag(flags)
}

func newCheckCommand(env *environment) *cobra.Command {
	var options checkOptions
	command := &cobra.Command{
		Use:   "check DIR...",
		Short: "Run cases: captures with the report they must give",
		Long: `check analyses the captures of each case and holds the report against what the
case wants: the verdict and findings of its hops.yaml, its contract (preserve,
strip), and the files want.txt and want.json where they are there. It prints a
line per case, and what differs.

  DIR  a folder with a hops.yaml, or one whose subfolders have one
` + exitHelp,
		Example: `  hophound check pcaps
  hophound check --update pcaps/nginx-default`,
		Args: some("name a folder with a hops.yaml, or one whose subfolders have one"),
		RunE: func(command *cobra.Command, args []string) error {
			return runCheck(command.Context(), env, options, args)
		},
	}
	options.addFlags(command.Flags())
	return command
}

func runCheck(ctx context.Context, env *environment, options checkOptions, args []string) error {
	dirs, err := caseFolders(args)
	if err != nil {
		return err
	}
	failed, broken := 0, 0
	for i, dir := range dirs {
		problems, err := checkCase(ctx, env, dir, options)
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted: %d of %d cases were checked, %d failed", i, len(dirs), failed)
		}
		switch {
		case err != nil:
			broken++
			tellError(env.stderr, fmt.Errorf("check %s: %w", dir, err))
		case len(problems) == 0:
			fmt.Fprintf(env.stdout, "ok    %s\n", report.Printable(dir))
		default:
			failed++
			fmt.Fprintf(env.stdout, "FAIL  %s\n", report.Printable(dir))
			tellProblems(env.stdout, problems)
		}
	}
	fmt.Fprintf(env.stdout, "%d passed, %d failed", len(dirs)-failed-broken, failed)
	if broken > 0 {
		fmt.Fprintf(env.stdout, ", %d could not be checked\n", broken)
		return status(exitTrouble)
	}
	fmt.Fprintln(env.stdout)
	if failed > 0 {
		return status(exitFail)
	}
	return nil
}

func tellProblems(w io.Writer, problems []check.Problem) {
	for _, p := range problems {
		fmt.Fprintf(w, "      %s\n", report.Printable(p.What))
		for line := range strings.Lines(p.Diff) {
			fmt.Fprintf(w, "        %s\n", report.Printable(strings.TrimSuffix(line, "\n")))
		}
	}
}

// caseFolders lists the folders with a hops.yaml among the arguments and, where
// an argument has none, among its subfolders.
func caseFolders(args []string) ([]string, error) {
	var dirs []string
	for _, arg := range args {
		if isCase(arg) {
			dirs = append(dirs, filepath.Clean(arg))
			continue
		}
		below, err := os.ReadDir(arg)
		if err != nil {
			return nil, fmt.Errorf("look for cases: %w", err)
		}
		before := len(dirs)
		for _, entry := range below {
			if dir := filepath.Join(arg, entry.Name()); isCase(dir) {
				dirs = append(dirs, dir)
			}
		}
		if len(dirs) == before {
			return nil, fmt.Errorf("no case in %s: neither it nor a folder in it has a %s", arg, pcaps.FileName)
		}
	}
	return dirs, nil
}

func isCase(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, pcaps.FileName))
	return err == nil
}

// checkCase analyses a case and says what is not as wanted.
func checkCase(ctx context.Context, env *environment, dir string, options checkOptions) ([]check.Problem, error) {
	c, err := pcaps.Load(dir)
	if err != nil {
		return nil, err
	}
	r, err := analyzeCase(ctx, env, dir, c, analyzer.Options{})
	if err != nil {
		return nil, err
	}
	problems := check.Wanted(c.Want, r, options.secrets.secrets())
	golden, err := check.Golden(dir, r, options.secrets.mask, options.update)
	if err != nil {
		return nil, err
	}
	problems = append(problems, golden...)
	if len(c.Preserve) == 0 && len(c.Strip) == 0 {
		return problems, nil
	}
	every, err := analyzeCase(ctx, env, dir, c, analyzer.Options{All: true, Journeys: heldAtMost})
	if err != nil {
		return nil, err
	}
	return append(problems, check.Contract(c, every, options.secrets.secrets())...), nil
}

// heldAtMost is how many requests a contract is held against.
const heldAtMost = 1 << 20

// analyzeCase names the captures as hops.yaml does, so that the report is the
// same wherever the folder stands.
func analyzeCase(ctx context.Context, env *environment, dir string, c *pcaps.Case, options analyzer.Options) (*analyzer.Report, error) {
	hops, err := caseArguments(dir, c)
	if err != nil {
		return nil, err
	}
	for i := range hops {
		hops[i].shown = c.Hops[i].File
	}
	inputs, err := openInputs(ctx, hops, env.stdin)
	if err != nil {
		return nil, err
	}
	defer closeInputs(inputs)
	result, err := analyzer.Run(ctx, inputs, options)
	return result, cmp.Or(err, notOpened(inputs))
}
