namespace ProvisioningStation.CommunicationTerminal.ManagerAccount;

/// <summary>What somebody who signs in at the terminal may do; each may also do what those before it may. The names are stored, and are those of the policies that pages ask for.</summary>
internal enum AccountRole
{
    /// <summary>Looks at everything but accounts and audit trail.</summary>
    Viewer,

    /// <summary>Also starts pull and batch, reworks units, prints, and types machine numbers.</summary>
    Supervisor,

    /// <summary>Also confirms changes of the plan, purges models, and keeps accounts and settings.</summary>
    Manager,
}
