Register-ArgumentCompleter -Native -CommandName synth -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # Words as they are written: nothing on the line is evaluated.
    $words = @($commandAst.CommandElements | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    $index = if ($wordToComplete -eq '') { $words.Count } else { $words.Count - 1 }
    $saved = $env:SYNTH_COMPLETE, $env:SYNTH_COMPLETE_INDEX
    try {
        $env:SYNTH_COMPLETE = 'powershell'
        $env:SYNTH_COMPLETE_INDEX = $index
        $lines = @(& synth '--' @words 2>$null)
    } finally {
        $env:SYNTH_COMPLETE, $env:SYNTH_COMPLETE_INDEX = $saved
    }
    foreach ($line in $lines) {
        $value, $help = $line -split "`t", 2
        if (-not $help) { $help = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
    }
}
