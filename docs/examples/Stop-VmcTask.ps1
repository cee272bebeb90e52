<#
.SYNOPSIS
Cancels a VMware Cloud on AWS task through vmc-cancel, over Temporal's HTTP API, and waits for the verdict.

.DESCRIPTION
By the contract alone (docs/contract.md, docs/http.md). Prints the result as JSON. A second call for the same task
joins the cancellation that runs, whose input stays. For Windows PowerShell 5.1 and PowerShell 7.

Environment: TEMPORAL_HTTP_URL (http://127.0.0.1:7243), TEMPORAL_NAMESPACE (default),
VMC_CANCEL_TASK_QUEUE (vmc-cancel).
Exit codes: 0 CANCELED, 10 FINISHED, 11 FAILED, 12 NOT_CANCELABLE, 13 DEADLINE_EXCEEDED, 14 ABANDONED,
1 no verdict, 2 usage.

.EXAMPLE
./Stop-VmcTask.ps1 ORG TASK

.EXAMPLE
./Stop-VmcTask.ps1 ORG TASK -Options @{ deadline = '6h'; reason = 'mistake' }
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)] [string] $Org,
    [Parameter(Position = 1)] [string] $Task,
    [hashtable] $Options = @{}
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

$exitCodes = @{
    CANCELED = 0; FINISHED = 10; FAILED = 11; NOT_CANCELABLE = 12; DEADLINE_EXCEEDED = 13; ABANDONED = 14
}

# PowerShell 7 turns instants into dates; from 7.5 on it can leave them as they are.
$keepDates = @{}
if ((Get-Command ConvertFrom-Json).Parameters.ContainsKey('DateKind')) { $keepDates.DateKind = 'String' }

function Stop-Script([int] $ExitCode, [string] $Message) {
    [Console]::Error.WriteLine(($Message -replace '\p{Cc}', ' '))
    exit $ExitCode
}

# Nothing that could change a URL's path.
function Assert-Id([string] $Name, [string] $Value) {
    if ($Value -cnotmatch '\A[A-Za-z0-9._-]{1,128}\z' -or $Value -eq '.' -or $Value -eq '..') {
        Stop-Script 2 "$Name must be 1 to 128 of A-Z a-z 0-9 . _ - and not . or .."
    }
}

# A UUID is one id in either case: one task has one workflow id.
function Get-CanonicalId([string] $Id) {
    if ($Id -match '\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z') { $Id.ToLowerInvariant() } else { $Id }
}

function Get-Setting([string] $Name, [string] $Default) {
    $value = [Environment]::GetEnvironmentVariable($Name)
    if ([string]::IsNullOrWhiteSpace($value)) { $Default } else { $value.Trim() }
}

# A property of an answer, or null: fields that are not set are left out of it.
function Get-Field($Object, [string[]] $Path) {
    foreach ($name in $Path) {
        if ($null -eq $Object -or $null -eq $Object.PSObject.Properties[$name]) { return $null }
        $Object = $Object.$name
    }
    $Object
}

# Status and answer of a request; status 0 where there is no answer.
function Invoke-Temporal([string] $Path, [string] $Body) {
    $request = @{ Uri = "$api$Path"; UseBasicParsing = $true; TimeoutSec = 60 }
    if ($Body) {
        $request += @{ Method = 'Post'; ContentType = 'application/json'; Body = [Text.Encoding]::UTF8.GetBytes($Body) }
    }
    try {
        $response = Invoke-WebRequest @request
        # The answer's Content-Type is `*`, of which PowerShell makes bytes or a text of another encoding.
        $text = [Text.Encoding]::UTF8.GetString($response.RawContentStream.ToArray())
        @{ Status = [int] $response.StatusCode; Answer = ConvertFrom-Json $text @keepDates; Message = $null }
    } catch {
        $failed = Get-Field $_.Exception @('Response')
        $message = if ($_.ErrorDetails) { $_.ErrorDetails.Message } else { $_.Exception.Message }
        @{ Status = $(if ($failed) { [int] $failed.StatusCode } else { 0 }); Answer = $null; Message = $message }
    }
}

function Stop-Refused($Reply) {
    Stop-Script 1 "Temporal at $url answered HTTP $($Reply.Status): $($Reply.Message)"
}

# The run that continues this one, if any: after a reset, or as a new run of a long history.
function Get-NextRun($Closing, [string] $Run) {
    $next = Get-Field $Closing @('workflowExecutionContinuedAsNewEventAttributes', 'newExecutionRunId')
    if ($next) { return $next }
    $ended = (Invoke-Temporal "?execution.runId=$Run").Answer
    $next = Get-Field $ended @('workflowExtendedInfo', 'resetRunId')
    if ($next) { return $next }
    $latest = (Invoke-Temporal '').Answer
    $chain = Get-Field $latest @('workflowExecutionInfo', 'firstRunId')
    $next = Get-Field $latest @('workflowExecutionInfo', 'execution', 'runId')
    if ($chain -and $chain -eq (Get-Field $ended @('workflowExecutionInfo', 'firstRunId')) -and $next -ne $Run) { $next }
}

$namespace = Get-Setting 'TEMPORAL_NAMESPACE' 'default'
Assert-Id 'ORG' $Org
Assert-Id 'TASK' $Task
Assert-Id 'TEMPORAL_NAMESPACE' $namespace
$Org = Get-CanonicalId $Org
$Task = Get-CanonicalId $Task
$url = (Get-Setting 'TEMPORAL_HTTP_URL' 'http://127.0.0.1:7243').TrimEnd('/')
$id = "vmc-cancel:${Org}:$Task"
$api = "$url/api/v1/namespaces/$namespace/workflows/$id"

$summary = "Cancel task $Task in org $Org"
$taskInput = $Options + @{}
$taskInput.orgId = $Org
$taskInput.taskId = $Task
$start = @{
    workflowType             = @{ name = 'cancelTask' }
    taskQueue                = @{ name = Get-Setting 'VMC_CANCEL_TASK_QUEUE' 'vmc-cancel' }
    input                    = @($taskInput)
    userMetadata             = @{ summary = $summary.Substring(0, [Math]::Min(200, $summary.Length)) }
    workflowIdConflictPolicy = 'WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING'
}
$reply = Invoke-Temporal '' (ConvertTo-Json $start -Depth 10 -Compress)
if ($reply.Status -eq 0) { Stop-Script 1 "Temporal cannot be reached at ${url}: $($reply.Message)" }
if ($reply.Status -ne 200) { Stop-Refused $reply }
$run = Get-Field $reply.Answer @('runId')
if (-not $run) { Stop-Script 1 "What answers at $url is not Temporal's HTTP API" }
$how = if (Get-Field $reply.Answer @('started')) { 'started' } else { 'joined' }
[Console]::Error.WriteLine("$how $id, waiting for its verdict")

$away = $false
while ($true) {
    # The server answers after 20 s at most: with the event that ended the run, or with none.
    $reply = Invoke-Temporal "/history?execution.runId=$run&historyEventFilterType=2&waitNewEvent=true"
    if ($reply.Status -ne 200) {
        if ($reply.Status -ne 0 -and $reply.Status -ne 429 -and $reply.Status -lt 500) { Stop-Refused $reply }
        if (-not $away) { [Console]::Error.WriteLine("waiting: Temporal cannot be reached at $url") }
        $away = $true
        Start-Sleep -Seconds 2
        continue
    }
    $away = $false
    $closing = @(Get-Field $reply.Answer @('history', 'events')) | Select-Object -Last 1
    if ($null -eq $closing) { continue }
    $result = @(Get-Field $closing @('workflowExecutionCompletedEventAttributes', 'result')) | Select-Object -First 1
    if ($null -ne $result) { break }
    $next = Get-NextRun $closing $run
    if ($next) { $run = $next; continue }
    $failure = Get-Field $closing @('workflowExecutionFailedEventAttributes', 'failure')
    if ($null -eq $failure) { Stop-Script 1 "the run ended without a verdict: $($closing.eventType)" }
    Stop-Script 1 "$(Get-Field $failure @('applicationFailureInfo', 'type')): $($failure.message)"
}

ConvertTo-Json $result -Depth 20
$code = $exitCodes[[string] $result.outcome]
if ($null -eq $code) { Stop-Script 1 'the run ended with an outcome that this script does not know' }
exit $code
