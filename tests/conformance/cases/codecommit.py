"""CodeCommit: every operation, its pages and its refusals."""

SERVICE = "codecommit"
OPERATIONS = [
    "ListRepositories",
    "BatchGetRepositories",
    "ListBranches",
    "GetBranch",
    "BatchGetCommits",
    "GetDifferences",
    "ListPullRequests",
    "GetPullRequest",
]
TOKEN = "InvalidContinuationTokenException"


def read(place):
    """Everything that can be read in a place. Answers the repositories' names and how many pull requests."""
    listed, _ = place.pages(SERVICE, "ListRepositories", "repositories")
    names = [repository["repositoryName"] for repository in listed]
    for sort in ("repositoryName", "lastModifiedDate"):
        place.call(SERVICE, "ListRepositories", sortBy=sort, order="descending")
    requests = 0
    if names:
        answer = place.call(
            SERVICE, "BatchGetRepositories", repositoryNames=[*names[:90], "no-such-repository"]
        )
        place.record.check(
            answer["repositoriesNotFound"] == ["no-such-repository"], "repositoriesNotFound"
        )
    for name in names:
        branches, _ = place.pages(SERVICE, "ListBranches", "branches", repositoryName=name)
        for branch in branches:
            head = place.call(SERVICE, "GetBranch", repositoryName=name, branchName=branch)["branch"]["commitId"]
            walk(place, name, head)
            differences(place, name, head)
        for status in ({}, {"pullRequestStatus": "OPEN"}, {"pullRequestStatus": "CLOSED"}):
            ids, _ = place.pages(
                SERVICE, "ListPullRequests", "pullRequestIds", repositoryName=name, maxResults=1, **status
            )
            for number in ids:
                request = place.call(SERVICE, "GetPullRequest", pullRequestId=number)["pullRequest"]
                requests += 1
                wanted = status.get("pullRequestStatus", request["pullRequestStatus"])
                place.record.check(
                    request["pullRequestStatus"] == wanted, f"pull request {number} is listed as {wanted}"
                )
    return names, requests


def differences(place, repository, head):
    """What a commit changed, against its parent."""
    ask = lambda **members: place.pages(
        SERVICE, "GetDifferences", "differences", "NextToken", repositoryName=repository, **members
    )[0]
    everything = ask(afterCommitSpecifier=head, MaxResults=5)
    paths = [one["afterBlob"]["path"] for one in everything]
    place.record.check(paths == sorted(set(paths)) and len(paths) > 5, f"{repository}: has the files {paths}")
    place.record.check({one["changeType"] for one in everything} == {"A"}, f"{repository}: not all are added")
    commit = place.call(SERVICE, "BatchGetCommits", repositoryName=repository, commitIds=[head])["commits"][0]
    for parent in commit["parents"][:1]:
        changed = ask(beforeCommitSpecifier=parent, afterCommitSpecifier=head)
        place.record.check(0 < len(changed) < len(paths), f"{repository}: {head} changed {len(changed)} files")


def walk(place, repository, head):
    """Follows the first parents to the first commit."""
    following, steps = [head], 0
    while following and steps < 60:
        answer = place.call(
            SERVICE, "BatchGetCommits", repositoryName=repository, commitIds=following
        )
        place.record.check(
            not answer["errors"], f"{repository}: {following} has a parent that is not there"
        )
        following = [commit["parents"][0] for commit in answer["commits"] if commit["parents"]]
        steps += 1


def refuse(place, names):
    """What must be refused, and how."""
    name = names[0]
    refused = lambda operation, codes, **members: place.refused(SERVICE, operation, codes, **members)
    refused("ListRepositories", "InvalidSortByException", sortBy="size")
    refused("ListRepositories", "InvalidOrderException", order="up")
    refused("ListRepositories", TOKEN, nextToken="bm9wZQ==")
    refused("BatchGetRepositories", "RepositoryNamesRequiredException")
    refused("BatchGetRepositories", "InvalidRepositoryNameException", repositoryNames=["a b"])
    refused(
        "BatchGetRepositories",
        "MaximumRepositoryNamesExceededException",
        repositoryNames=[f"r{number}" for number in range(101)],
    )
    refused("ListBranches", "RepositoryNameRequiredException")
    refused("ListBranches", "RepositoryDoesNotExistException", repositoryName="none")
    refused("ListBranches", TOKEN, repositoryName=name, nextToken="bm9wZQ==")
    refused("GetBranch", "BranchNameRequiredException", repositoryName=name)
    refused("GetBranch", "BranchDoesNotExistException", repositoryName=name, branchName="none")
    refused("GetBranch", "InvalidBranchNameException", repositoryName=name, branchName="")
    refused("BatchGetCommits", "CommitIdsListRequiredException", repositoryName=name)
    refused(
        "BatchGetCommits",
        "CommitIdsLimitExceededException",
        repositoryName=name,
        commitIds=[f"{number:040}" for number in range(101)],
    )
    refused("BatchGetCommits", "RepositoryDoesNotExistException", repositoryName="none", commitIds=["0" * 40])
    refused("GetDifferences", "CommitRequiredException", repositoryName=name)
    refused("GetDifferences", "InvalidCommitException", repositoryName=name, afterCommitSpecifier="")
    refused("GetDifferences", "CommitDoesNotExistException", repositoryName=name, afterCommitSpecifier="none")
    refused("GetDifferences", "InvalidMaxResultsException", repositoryName=name, afterCommitSpecifier="main", MaxResults=0)
    refused("GetDifferences", TOKEN, repositoryName=name, afterCommitSpecifier="main", NextToken="bm9wZQ==")
    refused("ListPullRequests", "RepositoryNameRequiredException")
    refused("ListPullRequests", "InvalidPullRequestStatusException", repositoryName=name, pullRequestStatus="HALF")
    refused("ListPullRequests", "InvalidMaxResultsException", repositoryName=name, maxResults=0)
    refused("ListPullRequests", TOKEN, repositoryName=name, nextToken="bm9wZQ==")
    refused("GetPullRequest", "PullRequestIdRequiredException")
    refused("GetPullRequest", "InvalidPullRequestIdException", pullRequestId="seven")
    refused("GetPullRequest", "PullRequestDoesNotExistException", pullRequestId="999999")
    answer = place.call(SERVICE, "BatchGetCommits", repositoryName=name, commitIds=["0" * 40, "short"])
    codes = [error["errorCode"] for error in answer["errors"]]
    place.record.check(
        codes == ["CommitIdDoesNotExistException", "InvalidCommitIdException"],
        f"BatchGetCommits answers {codes} for wrong ids",
    )
    place.raw_refused(
        SERVICE, "DeleteEverything", "UnknownOperationException", "{}", target="CodeCommit_20150413.DeleteEverything"
    )
