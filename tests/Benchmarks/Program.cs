using ProvisioningStation.Benchmarks.Issue;

if (args is ["issue-ca", ..])
    await AuthorityRate.RunAsync(10_000, 4);
return 0;
